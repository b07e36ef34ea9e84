// Injects faults between a client and an emulated API.
import { STATUS_CODES } from 'node:http'

/** @import { Socket } from 'node:net' */
/** @import { ServerResponse } from 'node:http' */
/** @import { EmulatedResponse } from './responses.mjs' */

/** @typedef {'before' | 'after'} When the time of a fault, relative to the effect of the request; default: `before` */
/**
 * @typedef {object} Match the requests that a fault affects
 * @property {string} [method]
 * @property {string | RegExp} [path] what the path, including its query, must contain or match
 * @property {number} [times] how many requests the fault affects (`Infinity`: all); default: 1
 * @property {number} [skip] how many matching requests the fault skips first, whether or not they succeed; default: 0
 */
/** @typedef {string | object | ((json: any) => unknown)} Body text, JSON, or a function of the real response's JSON */
/**
 * `ms` is the pause before the fault or, for `drip`, between two chunks. `upgrade` sends `101 Switching Protocols` and
 * leaves the connection open. `close` closes the connection without a response. `interim` repeats `103 Early Hints`
 * until the client disconnects. `truncate` with `after: 0` closes the connection after the headers.
 * @typedef {Match & ({ kind: 'delay', ms: number }
 *   | { kind: 'reset' | 'upgrade' | 'close' | 'interim' | 'hang', ms?: number, when?: When }
 *   | { kind: 'status', ms?: number, when?: When, status: number, headers?: Record<string, string>, body?: string | object, retryAfter?: number | string }
 *   | { kind: 'redirect', ms?: number, when?: When, to: string, status?: number }
 *   | { kind: 'truncate', ms?: number, after?: number }
 *   | { kind: 'body', ms?: number, body: Body, contentType?: string, status?: number }
 *   | { kind: 'drip', ms: number, bytes?: number })} Fault
 */
/**
 * @typedef {object} Exchange a request, and the ways to respond to it
 * @property {() => EmulatedResponse} carryOut carries out the request, and returns the real response
 * @property {(response: EmulatedResponse) => ServerResponse} sendHead sends the status and headers, with the length
 *   of the whole body
 * @property {(response: EmulatedResponse) => void} send
 * @property {(status: number, message: string) => EmulatedResponse} failure returns the API's response for a failure
 * @property {(ms: number) => Promise<void>} pause
 * @property {Socket} socket
 */

const UPGRADE = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

/** Creates a list of pending faults. The first fault that matches a request and is not used up affects the request. */
export function createFaults() {
  /** @type {{ fault: Fault, matched: number, count: number }[]} */
  let pending = []
  return {
    /** @param {Fault} fault @returns {{ readonly count: number }} `count`: how many requests the fault has affected */
    inject(fault) {
      const injected = { fault, matched: 0, count: 0 }
      pending.push(injected)
      return injected
    },

    /** Returns the fault for this request, if any. @param {string} method @param {string} path including its query */
    next(method, path) {
      const matching = pending.filter(({ fault }) => matches(fault, method, path))
      for (const each of matching) each.matched += 1
      const active = matching.find(({ fault, matched, count }) => {
        return matched > (fault.skip ?? 0) && count < (fault.times ?? 1)
      })
      if (active) active.count += 1
      return active?.fault
    },

    clear() {
      pending = []
    },
  }
}

/** @param {Fault} fault @param {string} method @param {string} path */
function matches(fault, method, path) {
  const pattern = fault.path ?? ''
  // Don't use `test()`, which keeps its position between calls if the expression is global.
  const matchesPath = typeof pattern === 'string' ? path.includes(pattern) : path.search(pattern) >= 0
  return matchesPath && [method, undefined].includes(fault.method)
}

/** Applies a fault to a request. @param {Fault} fault @param {Exchange} exchange */
export async function applyFault(fault, { carryOut, sendHead, send, failure, pause, socket }) {
  if (fault.kind !== 'drip' && fault.ms !== undefined) await pause(fault.ms)
  if ('when' in fault && fault.when === 'after') carryOut()

  switch (fault.kind) {
    case 'delay':
      return send(carryOut())
    case 'hang':
      return
    case 'upgrade':
      return void socket.write(UPGRADE)
    case 'close':
      return void socket.end()
    case 'interim':
      while (socket.writable) {
        // Without this check, responses to a client that does not read would fill up memory.
        if (!socket.writableNeedDrain) socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')
        await pause(5)
      }
      return
    case 'reset':
      // TLS sockets have no method for a reset.
      return 'encrypted' in socket ? void socket.destroy() : void socket.resetAndDestroy()
    case 'status': {
      const { status, retryAfter, body } = fault
      const response = failure(status, STATUS_CODES[status] ?? 'Unknown')
      const wait = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
      const headers = { ...response.headers, ...wait, ...fault.headers }
      return send({ status, headers, body: body === undefined ? response.body : asText(body) })
    }
    case 'redirect':
      return send({ status: fault.status ?? 307, headers: { Location: fault.to }, body: '' })
    case 'body': {
      const real = carryOut()
      const body = typeof fault.body === 'function' ? fault.body(JSON.parse(String(real.body))) : fault.body
      const contentType = fault.contentType ?? 'application/json; charset=utf-8'
      return send({ status: fault.status ?? 200, headers: { 'Content-Type': contentType }, body: asText(body) })
    }
    case 'truncate': {
      const real = carryOut()
      const bytes = Buffer.from(real.body)
      sendHead(real).write(bytes.subarray(0, fault.after ?? Math.floor(bytes.length / 2)))
      return socket.destroySoon()
    }
    case 'drip': {
      const real = carryOut()
      const bytes = Buffer.from(real.body)
      const response = sendHead(real)
      const step = fault.bytes ?? 1
      for (let sent = 0; sent < bytes.length && !socket.destroyed; sent += step) {
        if (sent > 0) await pause(fault.ms)
        response.write(bytes.subarray(sent, sent + step))
      }
      response.end()
    }
  }
}

const asText = (/** @type {unknown} */ body) => (typeof body === 'string' ? body : JSON.stringify(body))
