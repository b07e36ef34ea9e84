/** Escapes text like .NET's Uri.EscapeDataString, which escapes more than JavaScript does. @param {string} text */
const escapeUri = text =>
  encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

const escapeJson = (/** @type {string} */ text) => JSON.stringify(text).slice(1, -1)

/** Returns the parts of a secret's base64 that do not depend on the text around it. @param {string} secret */
function base64Within(secret) {
  return [0, 1, 2].map(before => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)])
    return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6))
  })
}

/** Returns the forms in which a program may print a secret. @param {string} secret */
function printedForms(secret) {
  const bytes = Buffer.from(secret)
  const inUris = [encodeURIComponent(secret), escapeUri(secret), encodeURI(secret)]
  return [
    ...[secret, ...inUris, ...inUris.map(text => text.replace(/%[\dA-F]{2}/g, code => code.toLowerCase()))],
    new URLSearchParams({ '': secret }).toString().slice(1),
    ...[escapeJson(secret), escapeJson(secret).replaceAll('/', '\\/')],
    ...base64Within(secret).flatMap(text => [text, text.replaceAll('+', '-').replaceAll('/', '_')]),
    ...[bytes.toString('hex'), bytes.toString('hex').toUpperCase()],
  ]
}

/**
 * Replaces the values in text with `***`, and adjacent or overlapping values with a single `***`.
 * SecretMasker.cs in https://github.com/actions/runner
 * @param {string} text
 * @param {Iterable<string>} values
 */
function hide(text, values) {
  const hidden = Array(text.length).fill(false)
  for (const value of values) {
    // Advance by one, because a value can overlap itself.
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
      hidden.fill(true, at, at + value.length)
    }
  }
  return text.replace(/./gs, (character, at) => (!hidden[at] ? character : hidden[at - 1] ? '' : '***'))
}

/** @typedef {ReturnType<typeof createMasker>} Masker */

/**
 * Creates a masker, which hides the masked values of a job in its log.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log
 * @param {boolean} exactOnly whether to hide only exact values, so that forms that an action did not mask stay visible
 */
export function createMasker(exactOnly) {
  /** @type {Set<string>} */
  const masked = new Set()
  /** @type {Set<string>} */
  const forms = new Set()
  return {
    /**
     * Masks the value and each of its lines, because most logs are written line by line.
     * @param {string} value
     * @returns {string[]} the parts that were not masked before
     */
    add(value) {
      const lines = value.split(/[\r\n]/).map(line => line.trim())
      const added = [...new Set([value, ...lines])].filter(part => part !== '' && !masked.has(part))
      for (const part of added) {
        masked.add(part)
        for (const form of [part, ...printedForms(part).filter(each => each.length > 5)]) forms.add(form)
      }
      return added
    },
    /** @param {string} text */
    mask: text => hide(text, exactOnly ? masked : forms),
    /** Returns whether the runner would hide any part of the text. @param {string} text */
    hides: text => hide(text, forms) !== text,
  }
}

/**
 * Returns the secrets that a text contains, either unchanged or encoded for a URI, a form, or JSON, or in hex or base64
 * (at any offset in the text).
 * @param {string} text
 * @param {string[]} secrets
 * @throws if a secret has fewer than six characters, because it could match by chance
 */
export function findLeaks(text, secrets) {
  return secrets.filter(secret => {
    if (secret.length < 6) throw new Error(`too short to search for: ${JSON.stringify(secret)}`)
    return printedForms(secret).some(form => text.includes(form))
  })
}

/** Drops a job's outputs that contain a masked value. @param {Record<string, string>} values @param {Masker} masker */
export function filterJobOutputs(values, masker) {
  const given = Object.entries(values).filter(([, value]) => value !== '')
  const skipped = given.filter(([, value]) => masker.hides(value)).map(([name]) => name)
  const lines = given.map(([name]) =>
    skipped.includes(name) ? `Warning: Skip output '${name}' since it may contain secret.` : `Set output '${name}'`,
  )
  const outputs = Object.fromEntries(given.filter(([name]) => !skipped.includes(name)))
  return { outputs, skipped, log: ['Evaluate and set job outputs', ...lines].join('\n') }
}
