// Writes what the action says in each case of the table of errors, and docs/errors.md, which is made of that:
// npm run docs. The built action is what runs, so build first.
import { writeFileSync } from 'node:fs'
import { cases } from '../__tests__/errors/cases.mjs'
import { pageOf } from '../__tests__/errors/page.mjs'
import { nameOf, runCases } from '../__tests__/errors/run.mjs'

const results = await runCases(cases)
const expected = Object.fromEntries(cases.map((one, index) => [nameOf(one), results[index]?.seen.join('\n') ?? '']))
writeFileSync(
  new URL('../__tests__/errors/expected.json', import.meta.url),
  `${JSON.stringify(expected, undefined, 2)}\n`,
)
for (const [index, one] of cases.entries()) {
  const result = results[index]
  if (result?.exit === one.exit && result.requests === one.requests) continue
  console.error(`Not as its case says: ${nameOf(one)}\n  exit code ${result?.exit}, ${result?.requests}`)
  process.exitCode = 1
}
writeFileSync(new URL('../docs/errors.md', import.meta.url), pageOf(cases, expected))
console.log(`docs/errors.md tells of ${cases.length} cases.`)
