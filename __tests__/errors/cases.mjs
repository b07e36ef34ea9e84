// Everything that can be wrong: bad inputs and hostile answers.
import { answerCases } from './answers.mjs'
import { inputCases } from './inputs.mjs'

export const cases = [...inputCases, ...answerCases]
