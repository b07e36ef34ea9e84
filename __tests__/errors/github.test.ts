import { githubCases } from './answers.mjs'
import { testCases } from './table.ts'

testCases(githubCases)
