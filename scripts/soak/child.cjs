// Runs first in each process of the soak: makes time fast, and kills the process before one of its visible effects
// other than a request: a line that it prints, or writes into a file. SOAK_KILL is the number of that effect.
require('../fast-time.cjs')
const fs = require('node:fs')

let left = Number(process.env.SOAK_KILL || Number.NaN)

/** @param {any} owner @param {string} name */
function killBefore(owner, name) {
  const original = owner[name]
  owner[name] = function (/** @type {any[]} */ ...args) {
    // Nothing runs after it, because the signal arrives before kill() returns.
    if (left-- === 0) process.kill(process.pid, 'SIGKILL')
    return original.apply(this, args)
  }
}

killBefore(fs, 'appendFileSync')
killBefore(process.stdout, 'write')
