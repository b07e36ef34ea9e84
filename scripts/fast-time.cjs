// Makes time run faster in this process, and in those that it starts with `environment()`, so that long pauses
// pass quickly. Without `aheadMs`, all their clocks agree. Sockets and the processor keep their normal speed.
const nodeModule = require('node:module')
const path = require('node:path')
const timers = require('node:timers')
const timersPromises = require('node:timers/promises')

const real = {
  now: Date.now,
  performanceNow: performance.now.bind(performance),
  timeout: AbortSignal.timeout.bind(AbortSignal),
}
let speed = 1

/**
 * Changes Date, performance.now(), timers, and AbortSignal.timeout(). Call it once, before they are used.
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
  AbortSignal.timeout = ms => real.timeout(Math.ceil(ms / speed))
  for (const owner of [globalThis, timers]) {
    for (const name of /** @type {const} */ (['setTimeout', 'setInterval'])) {
      const original = /** @type {(...args: any[]) => any} */ (owner[name])
      const faster = (/** @type {any} */ callback, ms = 0, /** @type {any[]} */ ...args) =>
        original(callback, ms / speed, ...args)
      Object.assign(owner, { [name]: Object.assign(faster, original) })
    }
  }
  const sleep = timersPromises.setTimeout
  Object.assign(timersPromises, {
    setTimeout: (ms = 0, /** @type {any[]} */ ...args) => sleep(ms / speed, ...args),
  })
  nodeModule.syncBuiltinESMExports()
}

/**
 * Returns environment variables for a process whose time runs as fast as here.
 * @param {{ script?: string, aheadMs?: number }} [options] script: runs first, and must load this file; aheadMs: how
 *   far its clock is ahead
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
