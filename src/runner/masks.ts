/** Shorter values are not secrets. Masking them would blank out every log: the line `}` of pasted JSON, for example. */
const MIN_LENGTH = 4

/**
 * Returns this secret in every encoding that a URL, a form, or JSON uses: an ordinary JWT or gateway key has only one.
 * The runner masks a value as it is and in some encodings. The step's own text is redacted by these forms too.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log
 */
export function secretForms(secret: string): string[] {
  const hex = (character: string) => character.charCodeAt(0).toString(16)
  const uri = encodeURIComponent(secret.toWellFormed())
  const json = JSON.stringify(secret).slice(1, -1)
  const escaped = [
    encodeURI(secret.toWellFormed()),
    uri,
    uri.replace(/[!'()*]/g, character => `%${hex(character).toUpperCase()}`),
    uri.replaceAll('%2F', '/'),
    uri.replaceAll("'", '%27'),
    new URLSearchParams({ '': secret }).toString().slice(1),
    ...urlForms(secret),
  ]
  const forms = [
    secret,
    // A log is masked line by line, so the lines of a longer secret are masked one by one.
    ...secret.split(/[\r\n]+/).map(line => line.trim()),
    ...escaped.flatMap(text => [text, text.replace(/%[\dA-F]{2}/g, code => code.toLowerCase())]),
    json,
    json.replaceAll('/', '\\/'),
    // As Go writes JSON.
    json.replace(/[<>&]/g, character => `\\u00${hex(character)}`),
    json.replace(/[^\x20-\x7e]/g, character => `\\u${hex(character).padStart(4, '0')}`),
  ]
  return [...new Set(forms)].filter(form => form.length >= MIN_LENGTH).sort((a, b) => b.length - a.length)
}

/** The forms in the `href` of a URL. Each part of it has its own set of characters that are escaped. */
function urlForms(secret: string): string[] {
  // Without its separator, a part would lose one that the secret begins with.
  const parts = { username: secret, pathname: `/${secret}`, search: `?${secret}`, hash: `#${secret}` }
  const { username, pathname, search, hash } = Object.assign(new URL('https://x'), parts)
  // A value that was put into the text of the URL, where `#` and `?` begin another part.
  const inText = ['https://x/', 'https://x/?'].map(start => new URL(start + secret).href.slice(start.length))
  // A URL drops `..` and line breaks. The rest could be a common word, which must not be masked.
  const forms = [username, pathname.slice(1), search.slice(1), hash.slice(1), ...inText]
  return forms.filter(form => form.length >= secret.length)
}

/** The masked values of this step. The runner masks them in the log, and {@link Masks.redact} in the step's own text. */
export class Masks {
  readonly #mask: (value: string) => void
  readonly #added = new Set<string>()
  readonly #forms = new Set<string>()

  /** @param mask makes the runner mask a value: `core.setSecret` */
  constructor(mask: (value: string) => void) {
    this.#mask = mask
  }

  /** Masks a text in every form in which it could be printed. Call it before anything else can print the text. */
  add(text: string): void {
    if (this.#added.has(text)) return
    this.#added.add(text)
    for (const form of secretForms(text)) {
      if (!this.#forms.has(form)) this.#mask(form)
      this.#forms.add(form)
    }
  }

  /** Returns the text without any masked value, for texts that the runner does not mask. */
  redact(text: string): string {
    const longestFirst = [...this.#forms].sort((a, b) => b.length - a.length)
    return longestFirst.reduce((clean, form) => clean.replaceAll(form, '***'), text)
  }
}
