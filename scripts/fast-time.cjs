// Makes time run faster in this process, and in those that it starts with `environment()`, so that long pauses
// pass quickly. Without `aheadMs`, all their clocks agree. Sockets and the processor keep their normal speed.
const nodeModule = require('node:module')
const path = require('node:path')
const timersPromises = require('node:timers/promises')

const real = {
  now: Date.now,
  performanceNow: performance.now.bind(performance),
  uptime: process.uptime.bind(process),
  setTimeout: /** @type {(...args: any[]) => any} */ (setTimeout),
}
let speed = 1

/**
 * Changes `Date`, `performance.now()`, `process.uptime()`, and `setTimeout()`, which the actions and emulators
 * use. Call `speedUp()` once, before any of these are used.
 * @param {number} factor the speed: with 60, a minute takes a second
 */
function speedUp(factor) {
  speed = factor
  process.env.FAST_TIME_SPEED = String(factor)
  process.env.FAST_TIME_SINCE ??= String(real.now())
  const since = Number(process.env.FAST_TIME_SINCE)
  // How far this process's clock is ahead on purpose, in milliseconds.
  const aheadMs = Number(process.env.FAST_TIME_AHEAD ?? 0)
  const now = () => Math.floor(since + (real.now() - since) * speed + aheadMs)

  globalThis.Date = new Proxy(Date, {
    construct: (target, args, proxy) => Reflect.construct(target, args.length === 0 ? [now()] : args, proxy),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  })
  performance.now = () => real.performanceNow() * speed
  process.uptime = () => real.uptime() * speed
  const faster = (/** @type {any} */ callback, ms = 0, /** @type {any[]} */ ...args) =>
    real.setTimeout(callback, ms / speed, ...args)
  Object.assign(globalThis, { setTimeout: Object.assign(faster, real.setTimeout) })
  const sleep = timersPromises.setTimeout
  Object.assign(timersPromises, { setTimeout: (ms = 0, /** @type {any[]} */ ...args) => sleep(ms / speed, ...args) })
  nodeModule.syncBuiltinESMExports()
}

/**
 * Returns environment variables for a process whose time runs as fast as here.
 * @param {{ script?: string, aheadMs?: number }} [options] `script`: runs first, and must load this file; `aheadMs`:
 *   how far the process's clock is ahead
 */
function environment({ script = __filename, aheadMs = 0 } = {}) {
  const { FAST_TIME_SPEED = '1', FAST_TIME_SINCE = '0' } = process.env
  return {
    NODE_OPTIONS: `--require="${path.resolve(script).replaceAll('\\', '/')}"`,
    FAST_TIME_SPEED,
    FAST_TIME_SINCE,
    FAST_TIME_AHEAD: String(aheadMs),
  }
}

if (process.env.FAST_TIME_SPEED !== undefined) speedUp(Number(process.env.FAST_TIME_SPEED))

module.exports = { speedUp, environment }
