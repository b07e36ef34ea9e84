// Checks docs/recipes-deploy.md with the tools that it is about: npm run check:tools, or with names: -- vercel next
// It is not a part of .ci/run, because it installs more than a gigabyte into .cache/tools. Needs Linux or macOS, and
// the Node that the tools need: 24 or newer.
// No request reaches the services, because a server on this machine replaces each.
import { spawnSync } from 'node:child_process'
import { afterEach, test } from 'node:test'
import { checkWorkerd, checkWorkerdAnswers, checkWrangler } from './tools/cloudflare.mjs'
import { checkGitHubSecret } from './tools/github.mjs'
import { checkNetlify } from './tools/netlify.mjs'
import { checkNext } from './tools/next.mjs'
import { checkSdkReads, checkSite } from './tools/pinata.mjs'
import { endCheck } from './tools/run.mjs'
import { checkVercel } from './tools/vercel.mjs'
import { TOOLS } from './tools/versions.mjs'

/** @type {[name: string, what: string, check: () => Promise<void>][]} */
const CHECKS = [
  ['pinata', `pinata ${TOOLS.pinata}: get() sends the key in the query, convert() not at all`, checkSdkReads],
  ['pinata', `pinata ${TOOLS.pinata}: a site is uploaded, and deleted by its name`, checkSite],
  ['vercel', `vercel ${TOOLS.vercel}: the key is a variable at run time`, checkVercel],
  ['netlify', `netlify-cli ${TOOLS['netlify-cli']}: the key is a secret of functions`, checkNetlify],
  ['wrangler', `wrangler ${TOOLS.wrangler}: the key is a secret of the Worker, and not in its script`, checkWrangler],
  ['wrangler', `workerd: the Worker reads the gateway with the key`, checkWorkerd],
  ['wrangler', `workerd: encodings, redirects and 304 pass through the Worker`, checkWorkerdAnswers],
  ['next', `next ${TOOLS.next}: the route reads with the key`, checkNext],
  ['gh', 'gh, if it is installed: the key is encrypted for GitHub', checkGitHubSecret],
]

const wanted = process.argv.slice(2)
afterEach(endCheck)
for (const [name, what, check] of CHECKS) {
  const skip = name === 'gh' && spawnSync('gh', ['--version']).status !== 0
  if (wanted.length === 0 || wanted.includes(name)) test(what, { skip }, check)
}
