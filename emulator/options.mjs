// How the emulators check what a test gives them.

/**
 * Throws if `options` has a name that isn't in `known`, so that a misspelled option can't go unnoticed.
 *
 * @param {string} what
 * @param {object} options
 * @param {readonly string[]} known
 */
export function refuseUnknown(what, options, known) {
  const unknown = Object.keys(options).filter(name => !known.includes(name))
  if (unknown.length > 0) throw new TypeError(`${what}: unknown option ${unknown.join(', ')}`)
}
