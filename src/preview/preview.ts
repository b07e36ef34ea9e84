import type { Provided } from '../get/context.ts'
import { provideKey } from '../get/key.ts'
import { provideOrigin } from '../get/origin.ts'
import { expiryCell, outputsOf, servedRow } from '../get/outputs.ts'
import { LABELS } from '../pinata/labels.ts'
import { publicName } from '../pinata/types.ts'
import { revoke } from '../revoke/revoke.ts'
import { setOutputs } from '../runner/outputs.ts'
import { addToSummary, code, gatewayCell, section, table } from '../runner/summary.ts'
import { openClients } from '../step/clients.ts'
import type { Step } from '../step/step.ts'
import type { PreviewInputs } from './inputs.ts'

export const PREVIEW_HEADING = 'Pinata preview'

/** Gets a preview's access, or revokes all of it if the pull request is closed. @throws ActionError */
export async function preview(inputs: PreviewInputs, step: Step): Promise<void> {
  // Here, the outputs of the combined actions have different names or values.
  const quietStep = { ...step, core: { ...step.core, setOutput: () => {} } }
  if ('closing' in inputs) {
    await revoke(inputs.closing, quietStep)
    return setOutputs(mergedOutputs([], true), step.core, 'The preview is closed, but the outputs could not be set')
  }
  const [{ naming }] = inputs.getting
  const clients = await openClients(inputs.getting[0], quietStep)
  const provided: Provided[] = []
  for (const each of inputs.getting) {
    // Each access control is recorded before the next is requested, so the post step never has more than one to revoke.
    provided.push(await ('keyId' in each ? provideKey(each, clients) : provideOrigin(each, clients)))
  }
  const outputs = mergedOutputs(provided, false)
  setOutputs(outputs, step.core, `Access for ${naming?.name} is ready, but the outputs could not be set`)
  summarize(provided, outputs, step)
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
    // The earliest expiry, because all access controls work until then.
    'expires-at': valuesOf('expires-at').sort()[0] ?? '',
    created: String(provided.some(({ isNew }) => isNew)),
    closed: String(isClosed),
  }
}

function summarize(provided: Provided[], outputs: ReturnType<typeof mergedOutputs>, step: Step): void {
  const rowsOf = (each: Provided) => {
    const { column, created } = LABELS[each.control.kind]
    const cell = `${code(publicName(each.control))} (${each.isNew ? created : 'reused'})`
    return [[column, cell], ...Object.entries(servedRow(each))]
  }
  const gateway = ['Gateway', gatewayCell({ id: outputs['gateway-id'], url: outputs['gateway-url'] })]
  const name = ['Name', code(provided[0]?.inputs.naming?.name ?? '')]
  const rows = [gateway, name, ...provided.flatMap(rowsOf), ['Expires', expiryCell(outputs['expires-at'])]]
  const sentence = 'The preview can read from the gateway now.'
  addToSummary(step, section(PREVIEW_HEADING, sentence) + table(['Item', 'Value'], rows))
}
