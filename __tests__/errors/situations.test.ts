import { situationCases } from './situations.mjs'
import { testCases } from './table.ts'

testCases(situationCases)
