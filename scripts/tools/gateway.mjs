// The emulated Pinata with a gateway that only readers with the key of the checks may read.
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import { KEY } from './run.mjs'

export const CID = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'

export async function lockedGateway() {
  const pinata = await startPinata()
  const gateway = pinata.addGateway({
    domain: 'fun-llama-300',
    // Edge functions and frameworks can't be told to send another Host.
    customDomains: ['127.0.0.1'],
    pins: { [CID]: '<!doctype html><h1>Octo site</h1>' },
  })
  gateway.keys.push({ id: '11111111-2222-4333-8444-555555555555', value: KEY, createdAt: new Date().toISOString() })
  return { pinata, gateway, url: `http://127.0.0.1:${pinata.port}` }
}
