// Writes docs/errors.md: npm run docs. The built action is what runs, so build first.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cases } from '../__tests__/errors/cases.mjs'
import { pageOf } from '../__tests__/errors/page.mjs'
import { runCases } from '../__tests__/errors/run.mjs'

const results = await runCases(cases)
const unexpected = cases.filter(({ exit, requests }, index) => {
  return results[index]?.exit !== exit || results[index].requests !== requests
})
mkdirSync(new URL('../docs', import.meta.url), { recursive: true })
writeFileSync(fileURLToPath(new URL('../docs/errors.md', import.meta.url)), pageOf(cases, results))
console.log(`docs/errors.md tells of ${cases.length} cases.`)
for (const { section, given } of unexpected) console.error(`Not as its case says: ${section}: ${given}`)
process.exitCode = Math.min(unexpected.length, 1)
