// Runs first in a step's process and makes its time pass: no pause takes long, and a request that is to get no whole
// answer in time is given up soon. The step's clock moves on as if it had waited. It also puts in what no system lets
// a process be started with, a megabyte in one variable.
const http = require('node:http')
const timers = require('node:timers/promises')

const { MEGABYTE_MARK = '', SLOW_REQUEST = '^$', SLOW_TIMES = '0' } = process.env
for (const [name, value] of Object.entries(process.env)) {
  if (name.startsWith('INPUT_') && value === MEGABYTE_MARK) process.env[name] = 'a'.repeat(1_000_000)
}

let aheadMs = 0
const { now } = Date
Date.now = () => now() + aheadMs

/** @type {any} */
const pause = async (/** @type {number} */ ms, /** @type {unknown} */ value, /** @type {any} */ { signal } = {}) => {
  signal?.throwIfAborted()
  aheadMs += ms
  return value
}
timers.setTimeout = pause

const elapsed = performance.now.bind(performance)
performance.now = () => elapsed() + aheadMs

/** Ends the time of the request that is about to be sent: the last timer that was to wait for long. */
let timeIsUp = () => {}
const LONG_MS = 5000
/** @type {any} */
const wait = globalThis.setTimeout
/** @type {any} */
const waiting = (/** @type {() => void} */ callback, /** @type {number} */ ms, /** @type {any[]} */ ...rest) => {
  if (ms >= LONG_MS) {
    timeIsUp = () => {
      aheadMs += ms
      callback()
    }
  }
  return wait(callback, ms, ...rest)
}
globalThis.setTimeout = waiting

const { request } = http
const slow = new RegExp(SLOW_REQUEST)
let slowLeft = Number(SLOW_TIMES)
/** @type {any} */
const requestInTime = (/** @type {any} */ options, /** @type {any} */ callback) => {
  // Long enough for the server to have got it, also on a busy machine.
  if (slow.test(`${options.method} ${options.path}`) && slowLeft-- > 0) wait(timeIsUp, 400)
  return request(options, callback)
}
http.request = requestInTime
