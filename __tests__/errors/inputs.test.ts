import { inputCases } from './inputs.mjs'
import { testCases } from './table.ts'

testCases(inputCases)
