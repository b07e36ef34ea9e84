// Checks the recipes of docs/recipes-deploy.md with the real tools: npm run check:tools (for only some: -- vercel next)
// .ci/run skips this check, because it installs more than a gigabyte into .cache/tools. Needs Linux or macOS, and
// Node 24 or newer, because of the tools. No request reaches the services, because local servers replace them.
import { spawnSync } from 'node:child_process'
import { afterEach, test } from 'node:test'
import { checkWorkerd, checkWorkerdResponses, checkWrangler } from './tools/cloudflare.mjs'
import { checkGitHubSecret } from './tools/github.mjs'
import { checkNetlify } from './tools/netlify.mjs'
import { checkNext } from './tools/next.mjs'
import { checkSdkReads, checkSite } from './tools/pinata.mjs'
import { endCheck } from './tools/run.mjs'
import { checkVercel } from './tools/vercel.mjs'
import { TOOLS } from './tools/versions.mjs'

/** @type {[name: string, title: string, check: () => Promise<void>][]} */
const CHECKS = [
  ['pinata', `pinata ${TOOLS.pinata}: get() sends the key in the query, and convert() leaves it out`, checkSdkReads],
  ['pinata', `pinata ${TOOLS.pinata}: uploads a site, and deletes it by name`, checkSite],
  ['vercel', `vercel ${TOOLS.vercel}: makes the key a variable at run time`, checkVercel],
  ['netlify', `netlify-cli ${TOOLS['netlify-cli']}: makes the key a secret of functions`, checkNetlify],
  ['wrangler', `wrangler ${TOOLS.wrangler}: makes the key a secret of the Worker, outside its script`, checkWrangler],
  ['wrangler', `workerd: reads from the gateway with the key`, checkWorkerd],
  ['wrangler', `workerd: handles encodings, redirects, and 304`, checkWorkerdResponses],
  ['next', `next ${TOOLS.next}: reads from the gateway with the key`, checkNext],
  ['gh', 'gh, if installed: encrypts the key for GitHub', checkGitHubSecret],
]

const selected = process.argv.slice(2)
afterEach(endCheck)
for (const [name, title, check] of CHECKS) {
  const skip = name === 'gh' && spawnSync('gh', ['--version']).status !== 0
  if (selected.length === 0 || selected.includes(name)) test(title, { skip }, check)
}
