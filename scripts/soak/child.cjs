// Runs first in each process of the soak: makes time fast, and kills the process in front of one of its effects on the
// outside other than a request, if SOAK_KILL says which, by its number: a line that it prints, or one that it writes into a file.
require('../fast-time.cjs')
const fs = require('node:fs')

let left = Number(process.env.SOAK_KILL || Number.NaN)

/** @param {any} owner @param {string} name */
function killBefore(owner, name) {
  const original = owner[name]
  owner[name] = function (/** @type {any[]} */ ...args) {
    // Nothing comes after it: the signal is there before kill() returns.
    if (left-- === 0) process.kill(process.pid, 'SIGKILL')
    return original.apply(this, args)
  }
}

killBefore(fs, 'appendFileSync')
killBefore(process.stdout, 'write')
