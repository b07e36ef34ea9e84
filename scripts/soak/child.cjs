// Runs first in each process of the soak. Speeds up time, and kills the process just before one of its visible effects
// other than requests: printing a line, or writing one to a file. SOAK_KILL is that effect's number, starting at 0.
require('../fast-time.cjs')
const fs = require('node:fs')

let left = Number(process.env.SOAK_KILL || Number.NaN)

/** @param {any} owner @param {string} name */
function killBefore(owner, name) {
  const original = owner[name]
  owner[name] = function (/** @type {any[]} */ ...args) {
    // Nothing runs after this, because the signal arrives before `kill()` returns.
    if (left-- === 0) process.kill(process.pid, 'SIGKILL')
    return original.apply(this, args)
  }
}

killBefore(fs, 'appendFileSync')
killBefore(process.stdout, 'write')
