// What can go wrong between a client and an emulated API, on order.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'

/** @import { Socket } from 'node:net' */
/** @import { ServerResponse } from 'node:http' */
/** @import { Answer } from './answers.mjs' */

/** @typedef {'before' | 'after'} When whether the request had taken effect when the fault struck; default `before` */
/**
 * @typedef {object} Match which requests a fault strikes
 * @property {string} [method]
 * @property {string | RegExp} [path] what the path with its query must contain or match
 * @property {number} [times] how often it strikes, `Infinity` for always; default 1
 * @property {number} [skip] how many matching requests it leaves alone first, whatever became of those; default 0
 */
/** @typedef {string | object | ((json: any) => unknown)} Body text, something to send as JSON, or either made of the true answer */
/**
 * `ms` is a pause before the fault strikes; only for `drip` it is the pause between two pieces. `upgrade` answers
 * `101 Switching Protocols` and leaves the connection open, `close` closes it without an answer, `interim` answers
 * `103 Early Hints` over and over until the client goes away, and `truncate` with `after: 0` closes the connection after
 * the headers. `encode` sends the true answer with `Content-Encoding`, whatever the request accepts. An encoding other than
 * `gzip`, `deflate` and `br` is only a label: the body stays as it is.
 * @typedef {Match & ({ kind: 'delay', ms: number }
 *   | { kind: 'reset' | 'upgrade' | 'close' | 'interim' | 'hang', ms?: number, when?: When }
 *   | { kind: 'status', ms?: number, when?: When, status: number, headers?: Record<string, string>, body?: string | object, retryAfter?: number | string }
 *   | { kind: 'redirect', ms?: number, when?: When, to: string, status?: number }
 *   | { kind: 'truncate', ms?: number, after?: number }
 *   | { kind: 'body', ms?: number, body: Body, contentType?: string, status?: number }
 *   | { kind: 'encode', ms?: number, encoding: string }
 *   | { kind: 'drip', ms: number, bytes?: number })} Fault
 */
/** @typedef {{ fault: Fault, matched: number, count: number }} Order */
/**
 * @typedef {object} Exchange one request and the way to answer it
 * @property {() => Answer} take lets the request take effect and gives the true answer
 * @property {(answer: Answer) => ServerResponse} open sends status and headers, with the length of the whole body
 * @property {(answer: Answer) => void} send
 * @property {(status: number) => Answer} failure what the API answers when it fails with this status
 * @property {(ms: number) => Promise<void>} pause
 * @property {Socket} socket
 */

/** @type {Record<string, (body: string | Uint8Array) => Uint8Array>} */
const ENCODERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }

/** The faults that are on order. Each request is struck by the first one that matches it and has strikes left. */
export function createFaults() {
  /** @type {Order[]} */
  let orders = []

  /** @param {Fault} fault @returns {{ readonly count: number }} `count`: how often it has struck */
  function order(fault) {
    const order = { fault, matched: 0, count: 0 }
    orders.push(order)
    return order
  }

  /** The fault that strikes this request, if any does. @param {string} method @param {string} path with its query */
  function next(method, path) {
    const matching = orders.filter(({ fault }) => matches(fault, method, path))
    for (const order of matching) order.matched += 1
    const striking = matching.find(({ fault, matched, count }) => {
      return matched > (fault.skip ?? 0) && count < (fault.times ?? 1)
    })
    if (striking) striking.count += 1
    return striking?.fault
  }

  function clear() {
    orders = []
  }

  return { order, next, clear }
}

/** @param {Fault} fault @param {string} method @param {string} path */
function matches(fault, method, path) {
  if (fault.method !== undefined && fault.method !== method) return false
  if (fault.path === undefined) return true
  // search(), because test() remembers where it was with a global expression.
  return typeof fault.path === 'string' ? path.includes(fault.path) : path.search(fault.path) >= 0
}

/** Answers a request, or doesn't, the way the fault says. @param {Fault} fault @param {Exchange} exchange */
export async function strike(fault, { take, open, send, failure, pause, socket }) {
  if (fault.kind !== 'drip' && fault.ms !== undefined) await pause(fault.ms)
  if ('when' in fault && fault.when === 'after') take()

  switch (fault.kind) {
    case 'delay':
      return send(take())
    case 'hang':
      return
    case 'upgrade':
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      return
    case 'close':
      socket.end()
      return
    case 'interim': {
      while (socket.writable) {
        // A client that does not read gets no more than its socket takes.
        if (!socket.writableNeedDrain) socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')
        await pause(5)
      }
      return
    }
    case 'reset':
      // A TLS socket has no reset of its own.
      return 'encrypted' in socket ? void socket.destroy() : void socket.resetAndDestroy()
    case 'status': {
      const { status, retryAfter, body } = fault
      const answer = failure(status)
      const wait = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
      const headers = { ...answer.headers, ...wait, ...fault.headers }
      return send({ status, headers, body: body === undefined ? answer.body : asText(body) })
    }
    case 'redirect':
      return send({ status: fault.status ?? 307, headers: { Location: fault.to }, body: '' })
    case 'body': {
      const truth = take()
      const body = typeof fault.body === 'function' ? fault.body(JSON.parse(String(truth.body))) : fault.body
      const contentType = fault.contentType ?? 'application/json; charset=utf-8'
      return send({ status: fault.status ?? 200, headers: { 'Content-Type': contentType }, body: asText(body) })
    }
    case 'encode': {
      const { status, headers, body } = take()
      const encode = ENCODERS[fault.encoding]
      return send({ status, headers: { ...headers, 'Content-Encoding': fault.encoding }, body: encode?.(body) ?? body })
    }
    case 'truncate': {
      const truth = take()
      const bytes = Buffer.from(truth.body)
      const response = open(truth)
      response.write(bytes.subarray(0, fault.after ?? Math.floor(bytes.length / 2)))
      return socket.destroySoon()
    }
    case 'drip': {
      const truth = take()
      const bytes = Buffer.from(truth.body)
      const response = open(truth)
      const step = fault.bytes ?? 1
      for (let sent = 0; sent < bytes.length && !socket.destroyed; sent += step) {
        if (sent > 0) await pause(fault.ms)
        response.write(bytes.subarray(sent, sent + step))
      }
      response.end()
    }
  }
}

/** @param {unknown} body */
const asText = body => (typeof body === 'string' ? body : JSON.stringify(body))
