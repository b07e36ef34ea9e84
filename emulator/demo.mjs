// biome-ignore-all lint/suspicious/noTemplateCurlyInString: GitHub's expressions look like that.
// The life of a gateway key, as its user would see it, told on the terminal: the action from dist/ runs on the stand-in
// for GitHub's runner, against the emulated Pinata. Every line with a tick was checked while it was told; if one is not
// so, the demo says which and exits with 1. It needs Node and nothing else.
import { request } from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startPinata } from './pinata/pinata.mjs'
import { leaks, startJob } from './runner/runner.mjs'

/** @import { StepResult } from './runner/runner.mjs' */

const PAGE = { cid: 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi', text: 'Our release notes' }
const FOREIGN_CID = 'bafkreidgvpkjawlxz6sffxzwgooowe5yt7i6wsyg236mfoks77nywkptdq'
const DOMAIN = 'fun-llama-300.mypinata.cloud'
/** For a broken dist/ that hangs. */
const STEP_TIMEOUT_MS = 30_000

const began = performance.now()
// A pipe has no width, and some terminals say 0.
const width = Math.min(process.stdout.columns || 100, 100)
const colours = process.stdout.isTTY && !process.env.NO_COLOR
/** @param {number} code @param {string} text */
const paint = (code, text) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text)
const [BOLD, RED, GREEN, YELLOW, DIM] = [1, 31, 32, 33, 2]

/** @type {string[]} */
const said = []
/** @type {string[]} */
const notSo = []
let chapter = ''
let facts = 0

/**
 * Prints a line, folded at spaces where it is too long.
 *
 * @param {string} line
 * @param {number} [colour]
 * @param {string} [margin] what each line starts with
 */
function say(line, colour, margin = '  ') {
  said.push(line)
  const indent = /^ */.exec(line)?.[0] ?? ''
  let row = ''
  for (const word of line.trimStart().split(' ')) {
    if (row.trim() !== '' && margin.length + indent.length + row.length + 1 + word.length > width) {
      print(row)
      row = '  '
    }
    row += row.trim() === '' ? word : ` ${word}`
  }
  print(row)

  /** @param {string} text */
  function print(text) {
    const shown = indent + text
    console.log((margin + (colour === undefined ? shown : paint(colour, shown))).trimEnd())
  }
}

/** @param {string} title */
function tell(title) {
  chapter = title
  say('')
  say(title, BOLD, '')
}

/**
 * One fact of the story: tells it, and remembers if it is not so.
 *
 * @param {string} what
 * @param {boolean} so
 */
function check(what, so) {
  facts++
  if (!so) notSo.push(`${chapter}: ${what}`)
  say(`${so ? '✓' : '✗ NOT SO:'} ${what}`, so ? GREEN : RED)
}

/** @param {string} log what GitHub would show */
function show(log) {
  for (const line of log.split('\n')) say(line, /^(?:Warning|Error): /.test(line) ? YELLOW : DIM, '  │ ')
}

const root = fileURLToPath(new URL('..', import.meta.url))
// The runner names an action by its path from here, as a workflow of this repository does: ./ and ./revoke.
process.chdir(root)
const pinata = await startPinata()
const gateway = pinata.addGateway({ domain: 'fun-llama-300', pins: { [PAGE.cid]: PAGE.text } })
const jwt = pinata.addJwt()

/**
 * Reads from the gateway as a browser or a script would.
 *
 * @param {{ cid?: string, query?: string | undefined, header?: string | undefined }} [how] query, header: the key
 * @returns {Promise<{ status: number, text: string }>}
 */
function read({ cid = PAGE.cid, query, header } = {}) {
  return new Promise((resolve, reject) => {
    const { port } = pinata
    const search = query === undefined ? '' : `?${new URLSearchParams({ pinataGatewayToken: query })}`
    // fetch() lets nobody choose the Host, by which the emulator knows its gateways.
    const headers = { host: DOMAIN, ...(header === undefined ? {} : { 'x-pinata-gateway-token': header }) }
    const sent = request({ host: '127.0.0.1', port, path: `/ipfs/${cid}${search}`, headers, agent: false }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      answer.on('error', reject)
    })
    sent.on('error', reject).end()
  })
}

/**
 * A fact about a reader.
 *
 * @param {string} reader
 * @param {Parameters<typeof read>[0]} how
 * @param {number} status
 */
async function checkRead(reader, how, status) {
  const got = await read(how)
  const wanted = how?.cid === FOREIGN_CID ? `Content of ${FOREIGN_CID}` : PAGE.text
  const so = got.status === status && (status !== 200 || got.text.startsWith(wanted))
  check(`${reader}: ${so ? status : `${got.status} instead of ${status}`}`, so)
}

/** The outputs as a log would show them. @param {StepResult} step */
function showOutputs({ outputs, masks }) {
  for (const [name, value] of Object.entries(outputs)) {
    say(`${`${name}:`.padEnd(13)}${masks.includes(value) ? '***' : value}`, DIM, '  │ ')
  }
}

/** What GitHub shows of the step under its inputs. @param {StepResult} step */
function showBrief({ log }) {
  const [title = '', ...lines] = log.split('\n')
  const body = lines.findIndex(line => line !== 'with:' && !line.startsWith('  '))
  show([`${title} …`, ...lines.slice(body)].join('\n'))
}

/** @param {StepResult | undefined} step */
const green = step => step?.outcome === 'success' && step.exitCode === 0

async function story() {
  say('A workflow gets a gateway key, uses it, and it goes away.', BOLD, '')
  say(
    `The action is the one in dist/. Pinata is emulated (127.0.0.1:${pinata.port}), and so is GitHub's runner.`,
    DIM,
    '',
  )

  tell(`1. Before: gateway ${DOMAIN} is open`)
  await checkRead('a reader without a key gets what is pinned to the account', {}, 200)
  await checkRead('…and nothing else', { cid: FOREIGN_CID }, 403)

  tell('2. A job creates a key')
  const context = { secrets: { PINATA_JWT: jwt } }
  const access = { 'gateway-id': DOMAIN, 'pinata-jwt': '${{ secrets.PINATA_JWT }}', 'api-url': pinata.apiUrl }
  const deploy = startJob({ context })
  const made = await deploy.step({
    id: 'key',
    action: root,
    with: { ...access, revoke: 'after-job' },
    timeoutMs: STEP_TIMEOUT_MS,
  })
  const key = made.outputs['gateway-key'] ?? ''
  const [live] = gateway.keys
  show(made.log)
  say('The outputs of the step:')
  showOutputs(made)
  check(
    'the step is green, and the gateway has this one key',
    green(made) && gateway.keys.length === 1 && live?.value === key && live.id === made.outputs['key-id'],
  )
  check(
    'it warns that the first key cuts off readers without one',
    made.annotations.some(({ level, message }) => level === 'warning' && /first access control.*cut off/.test(message)),
  )
  check(
    'the job summary has the ID of the key, not its value',
    made.summary.includes(`\`${live?.id}\``) && !made.summary.includes('***'),
  )

  tell('3. The next steps use it')
  await checkRead('a reader with ?pinataGatewayToken=<key> is served', { query: key }, 200)
  await checkRead('a reader with the header x-pinata-gateway-token is served', { header: key }, 200)
  await checkRead("…and so is what isn't pinned to the account", { query: key, cid: FOREIGN_CID }, 200)
  await checkRead('a reader without a key is refused', {}, 401)

  tell('4. The job ends, and with it the key (revoke: after-job)')
  const [ended] = await deploy.end()
  show(ended?.log ?? '')
  check('the end of the job is green and revokes the key', green(ended) && gateway.keys.length === 0)
  await checkRead('a reader without a key is served again', {}, 200)

  tell('5. A key for another job, which starts when this one has ended (revoke: never, the default)')
  const build = startJob({ context })
  const shared = await build.step({
    id: 'key',
    action: root,
    with: { ...access, 'first-key': 'allow' },
    timeoutMs: STEP_TIMEOUT_MS,
  })
  const [kept] = await build.end()
  const { outputs, skipped, log } = build.jobOutputs({
    'gateway-key': '${{ steps.key.outputs.gateway-key }}',
    'key-id': '${{ steps.key.outputs.key-id }}',
  })
  show(log)
  check(
    'GitHub drops the masked key from the outputs of a job, but not its ID',
    green(shared) && skipped.includes('gateway-key') && outputs['key-id'] === shared.outputs['key-id'],
  )

  const test = startJob({ context: { ...context, needs: { build: { outputs } } } })
  const keyId = '${{ needs.build.outputs.key-id }}'
  const taken = await test.step({ action: root, with: { ...access, 'key-id': keyId }, timeoutMs: STEP_TIMEOUT_MS })
  showBrief(taken)
  check(
    'the key outlived its job, and the next job takes it by its ID, masked there too',
    green(kept) &&
      green(taken) &&
      isSameKey(taken, shared) &&
      taken.masks.includes(shared.outputs['gateway-key'] ?? ''),
  )
  await checkRead('a reader with this key is served', { header: taken.outputs['gateway-key'] }, 200)
  const revoked = await test.step({
    action: path.join(root, 'revoke'),
    with: { ...access, 'key-id': keyId, 'last-key': 'allow' },
    timeoutMs: STEP_TIMEOUT_MS,
  })
  showBrief(revoked)
  const rest = await test.end()
  check('the revoke action revokes it', green(revoked) && revoked.outputs['revoked-count'] === '1' && rest.every(green))

  tell('6. After: the gateway is as it was')
  check('no key is left', gateway.keys.length === 0)
  await checkRead('a reader without a key is served', {}, 200)
  const secrets = [jwt, key, shared.outputs['gateway-key'] ?? ''].filter(secret => secret !== '')
  const summaries = [made, ended, shared, taken, revoked].map(step => step?.summary ?? '')
  const readable = [...said, deploy.log, build.log, test.log, ...summaries].join('\n')
  check('neither the JWT nor a key is in any line above, log or summary', leaks(readable, secrets).length === 0)
}

/** @param {StepResult} taken @param {StepResult} made */
function isSameKey({ outputs }, made) {
  // Neither has an expiry.
  const { created, 'expires-at': _expiry, ...same } = outputs
  return (
    created === 'false' && Object.entries(same).every(([name, value]) => value !== '' && value === made.outputs[name])
  )
}

try {
  await story()
} catch (error) {
  notSo.push(`${chapter}: it could not be told to its end: ${error}`)
}
await pinata.close()

say('')
if (notSo.length === 0) {
  say(
    `${facts} facts checked, all of them so, in ${((performance.now() - began) / 1000).toFixed(1)} seconds.`,
    BOLD,
    '',
  )
} else {
  say('The story is not so:', RED, '')
  for (const line of notSo) say(line, RED)
  process.exitCode = 1
}
