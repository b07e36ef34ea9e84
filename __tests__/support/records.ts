import { randomBytes, randomUUID } from 'node:crypto'
import { draftRecord, type Name } from '../../src/names/record-format.ts'
import type { AccessControl, GatewayId } from '../../src/pinata/types.ts'
import { Secret } from '../../src/secret.ts'
import type { GitHub } from './github.ts'
import { type Inputs, type Options, pinataAndGitHub, recordsOf } from './step.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

type Servers = Pick<Awaited<ReturnType<typeof pinataAndGitHub>>, 'github' | 'gateway'>
type Entry = Servers['gateway']['keys'][number]

interface Recorded {
  name?: string
  /** The time until the expiry; negative if expired. If not set, the access control does not expire. */
  expiresInMs?: number
  /** The age of the access control and its record. */
  ageMs?: number
}

/** Adds a key or an origin that another run created and recorded. */
function add(servers: Servers, kind: 'key' | 'origin', value: string, recorded: Recorded = {}): Entry {
  const createdAt = new Date(Date.now() - (recorded.ageMs ?? 2 * HOUR_MS)).toISOString().replace('Z', '000000Z')
  const entry = { id: randomUUID(), value, createdAt }
  servers.gateway[kind === 'key' ? 'keys' : 'allowedHosts'].push(entry)
  addRecord(servers, { kind, ...entry }, recorded)
  return entry
}

function addRecord(
  { github, gateway }: Servers,
  { kind, id, value, createdAt }: Entry & { kind: 'key' | 'origin' },
  { name = 'pr-7', expiresInMs = Number.POSITIVE_INFINITY, ageMs = 2 * HOUR_MS }: Recorded = {},
) {
  const control =
    kind === 'key'
      ? { kind, subject: id, secret: new Secret(value), createdAt }
      : { kind, subject: value, secret: new Secret(id), createdAt }
  const scope = { gatewayId: gateway.id as GatewayId, repository: { id: '1296269' } }
  const named = { name: name as Name, expiresAtMs: Date.now() + expiresInMs }
  const { environment, task, payload } = draftRecord(named, control as AccessControl, scope)
  const deployment = github.addDeployment({ environment, task, payload, state: 'success' })
  deployment.createdAt = new Date(Date.now() - ageMs).toISOString()
  return deployment
}

/** Sets up a gateway with one unnamed key, a GitHub emulator, and steps that get, close, and sweep named keys. */
export async function namesSetup(options: Parameters<typeof pinataAndGitHub>[1] = {}) {
  const servers = await pinataAndGitHub(1, options)
  const { run, revoke } = servers
  return {
    ...servers,
    addKey: (recorded?: Recorded) => add(servers, 'key', randomBytes(48).toString('base64url'), recorded),
    addOrigin: (value: string, recorded?: Recorded) => add(servers, 'origin', value, recorded),
    addRecord: (control: Parameters<typeof addRecord>[1], recorded?: Recorded) => addRecord(servers, control, recorded),
    /** Gets a key, by default with the name pr-7. */
    get: (more: Inputs = {}, others: Options = {}) => run({ name: 'pr-7', ...more }, others),
    /** Returns the key ID in each record. */
    recorded: () => recordsOf(servers.github).map(({ keyId }) => keyId),
    close: (name = 'pr-7', more: Inputs = {}, others: Options = {}) => revoke({ name, ...more }, others),
    sweep: (more: Inputs = {}, others: Options = {}) => revoke({ expired: 'true', ...more }, others),
  }
}

/** Returns the name in each record, oldest first. */
export const namesOf = (github: GitHub) => recordsOf(github).map(({ name }) => name)
