import { type ControlKind, idOf } from '../pinata/types.ts'
import { setAll } from '../runner/outputs.ts'
import { type RevokeContext, withOutcome } from './context.ts'

/** Sets the outputs, which contain only keys that this step revoked and origins that it removed. @throws ActionError */
export async function setRevokeOutputs({ items, gateway, step }: RevokeContext): Promise<void> {
  const revoked = withOutcome(items, 'revoked')
  const subjectsOf = (kind: ControlKind) => revoked.filter(item => item.kind === kind).map(({ subject }) => subject)
  // An origin counts as removed only if all its entries are gone.
  const gone = new Set(withOutcome(items, 'revoked', 'not listed').map(({ control }) => control && idOf(control)))
  const left = new Set(gateway.origins.filter(entry => !gone.has(idOf(entry))).map(({ subject }) => subject))
  const keyIds = subjectsOf('key')
  const outputs = {
    'revoked-key-ids': keyIds.join('\n'),
    'revoked-count': String(keyIds.length),
    'removed-origins': [...new Set(subjectsOf('origin'))].filter(origin => !left.has(origin)).join('\n'),
  }
  setAll(outputs, step.core.setOutput, 'Could not set the outputs (the log shows what was revoked)')
}
