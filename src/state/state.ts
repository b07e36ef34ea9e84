// The post step loads this file before it knows whether there is anything to do, so this file imports nothing large.
import { unlessItThrows } from '../http/reply.ts'
import type { RevokeWhen } from '../inputs/read.ts'
import type { Snapshot } from '../lost/snapshot.ts'
import type { DraftRecord } from '../names/record-format.ts'
import { type ControlSpec, type GatewayAddress, idOf, isId, isOrigin, type Removable } from '../pinata/types.ts'
import { Secret } from '../secret.ts'

type Target = { gateway: GatewayAddress; wanted: ControlSpec }

/** How far a step got. The last saved phase applies, even if the process is killed. */
export type Phase =
  // Saved before the create request. From then on, an access control may exist that the log does not mention.
  | { phase: 'creating'; before?: Snapshot | undefined; startedAtMs: number }
  // The post step revokes the access control unless GitHub lists its `record` or another run has renewed it.
  | { phase: 'created'; control: Removable; record?: Pick<DraftRecord['payload'], 'name' | 'proof'> | undefined }
  // The job received the access control. The post step revokes it as `revoke` specifies.
  | { phase: 'ready'; control: Removable; revoke: Exclude<RevokeWhen, 'never'> }

/** The data that a step saves for its post step. It contains no JWT or key, because the runner does not encrypt it. */
export type State = Target & Phase
export type StateIn<P extends Phase['phase']> = Target & Extract<Phase, { phase: P }>
export type SavedState = State | { phase: 'unreadable' }

const STATE_KEY = 'post-step'

/** Returns the state in the format that the runner saves. @param phase `undefined` clears the state */
export function stateOf(target: Target, phase: Phase | undefined): Record<string, string> {
  const { control, ...rest } = { control: undefined, ...phase }
  const saved = control && { id: idOf(control), createdAt: control.createdAt }
  return { [STATE_KEY]: phase === undefined ? '' : JSON.stringify({ ...target, ...rest, ...saved }) }
}

/** Returns the saved state, or `undefined` if the step saved no state or cleared it. */
export function readState(env: NodeJS.ProcessEnv): SavedState | undefined {
  const text = env[`STATE_${STATE_KEY}`] ?? ''
  return text === '' ? undefined : (unlessItThrows(() => parseState(JSON.parse(text))) ?? { phase: 'unreadable' })
}

type Part = Partial<Record<string, unknown>>
type Saved = Part & { gateway: Part; wanted: Part; before?: Part; record?: Part }

/** Returns the state, or `undefined` if a part is invalid. @throws TypeError if an object is missing */
function parseState(saved: Saved): State | undefined {
  const { gateway, wanted, phase, before, startedAtMs, record, revoke, id, createdAt } = saved
  const isKey = wanted.kind === 'key'
  const isControl = isId(id) && typeof createdAt === 'string'
  const isValid =
    isId(gateway.id) &&
    hasTextIfPresent(gateway, 'url') &&
    (isKey || (wanted.kind === 'origin' && isOrigin(wanted.value))) &&
    ((phase === 'creating' && hasTextIfPresent(before, 'prints', 'since') && typeof startedAtMs === 'number') ||
      (phase === 'created' && isControl && hasTextIfPresent(record, 'name', 'proof') && record?.proof !== '') ||
      (phase === 'ready' && isControl && (revoke === 'on-failure' || revoke === 'after-job')))
  const parts = isKey ? { subject: id, secret: undefined } : { subject: wanted.value, secret: new Secret(String(id)) }
  const control = isControl && { kind: wanted.kind, ...parts, createdAt }
  return isValid ? ({ ...saved, control } as unknown as State) : undefined
}

function hasTextIfPresent(part: Part | undefined, ...names: string[]): boolean {
  return part === undefined || names.every(name => typeof part[name] === 'string')
}
