// Everything that can be wrong: bad inputs, hostile answers, and what gateway, GitHub and runner can be like.
import { githubCases, pinataCases } from './answers.mjs'
import { inputCases } from './inputs.mjs'
import { situationCases } from './situations.mjs'

export const cases = [...inputCases, ...pinataCases, ...githubCases, ...situationCases]
