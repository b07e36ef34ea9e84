import { pinataCases } from './answers.mjs'
import { testCases } from './table.ts'

testCases(pinataCases)
