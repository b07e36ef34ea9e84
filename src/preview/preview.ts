import { provide } from '../get/key.ts'
import { outputsOf } from '../get/outputs.ts'
import type { Provided } from '../get/prepare.ts'
import { LABELS } from '../pinata/labels.ts'
import { readableTime } from '../printable-text.ts'
import { revoke } from '../revoke/revoke.ts'
import { setAll } from '../runner/outputs.ts'
import { addToSummary, code, gatewayCell, section, table } from '../runner/summary.ts'
import { openClients, type Step } from '../step/step.ts'
import type { PreviewInputs } from './inputs-and-event.ts'

export const PREVIEW_HEADING = 'Pinata preview'

/** Gets a preview's access controls, or revokes all of them if the pull request is closed. @throws ActionError */
export async function preview({ name, isClosed, closing, getting }: PreviewInputs, step: Step): Promise<void> {
  const { setOutput } = step.core
  // Ignore the outputs of the combined actions, because the preview action's outputs have different names or values.
  const quietStep = { ...step, core: { ...step.core, setOutput: () => {} } }
  if (isClosed) {
    await revoke(closing, quietStep)
    return setAll(mergedOutputs([], isClosed), setOutput, 'The preview is closed, but the outputs could not be set')
  }
  const clients = await openClients(closing, quietStep)
  const provided: Provided[] = []
  // Each access control is recorded before the next one is requested, so the post step revokes at most one.
  for (const inputs of getting) provided.push(await provide(inputs, clients))
  const outputs = mergedOutputs(provided, isClosed)
  setAll(outputs, setOutput, `Access for ${name} is ready, but the outputs could not be set`)
  const gateway = gatewayCell({ id: outputs['gateway-id'], url: outputs['gateway-url'] })
  const expires = outputs['expires-at'] ? readableTime(outputs['expires-at']) : 'never'
  const rows = [['Gateway', gateway], ['Name', code(name)], ...provided.flatMap(rowsOf)]
  if (provided.some(({ named }) => named)) rows.push(['Expires', expires])
  const heading = section(PREVIEW_HEADING, 'The preview can read from the gateway now.')
  addToSummary(step, heading + table(['Item', 'Value'], rows))
}

function mergedOutputs(provided: Provided[], isClosed: boolean) {
  const each: Record<string, string>[] = provided.map(outputsOf)
  const valuesOf = (output: string) => each.map(outputs => outputs[output] ?? '').filter(Boolean)
  const firstOf = (output: string) => valuesOf(output)[0] ?? ''
  return {
    'gateway-key': firstOf('gateway-key'),
    'key-id': firstOf('key-id'),
    origin: valuesOf('origin').join('\n'),
    'gateway-id': firstOf('gateway-id'),
    'gateway-url': firstOf('gateway-url'),
    // Use the earliest expiry, because all access controls work until then.
    'expires-at': valuesOf('expires-at').sort()[0] ?? '',
    created: String(provided.some(({ isNew }) => isNew)),
    closed: String(isClosed),
  }
}

function rowsOf({ control, isNew, served }: Provided): string[][] {
  const { column, created } = LABELS[control.kind]
  const row = [column, `${code(control.subject)} (${isNew ? created : 'reused'})`]
  return served ? [row, ['Served', served]] : [row]
}
