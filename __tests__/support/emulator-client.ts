import type { RequestOptions } from 'node:http'
import { send as sendTo } from '../../emulator/http/send.mjs'
import { startPinata } from '../../emulator/pinata/pinata.mjs'
import { onTestEnd } from './network.ts'

export type Pinata = Awaited<ReturnType<typeof startPinata>>

/** Starts a Pinata emulator, which closes when the test ends. */
export async function start(options?: Parameters<typeof startPinata>[0]): Promise<Pinata> {
  const pinata = await startPinata(options)
  onTestEnd(pinata.close)
  return pinata
}

type SendOptions = RequestOptions & { body?: string }

/** Sends one request to an emulated API: `await send(pinata, 'GET', '/v3/gateways')`. */
export function send({ apiUrl }: { apiUrl: string }, method: string, path: string, options: SendOptions = {}) {
  const { body, ...others } = options
  return sendTo(new URL(path, apiUrl).href, { ...others, method }, body)
}

/** Returns a function that calls the API with a JWT: `await call('GET', '/gateways')`. */
export function caller(pinata: Pinata, jwt: string = pinata.addJwt()) {
  return (method: string, path: string, options: SendOptions = {}) =>
    send(pinata, method, `/v3${path}`, { ...options, headers: { authorization: `Bearer ${jwt}`, ...options.headers } })
}
