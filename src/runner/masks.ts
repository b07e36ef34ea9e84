/**
 * Returns a secret in every encoding that URLs, forms, and JSON use. The runner masks only some of these encodings.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log
 */
export function secretForms(secret: string): string[] {
  // Encoding never changes the characters of an ordinary JWT or gateway key.
  if (/^[\w.-]{4,}$/.test(secret)) return [secret]
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
    // The runner would also mask short lines of a multiline value, so mask the long lines one by one.
    ...secret.split(/[\r\n]+/).map(line => line.trim()),
    ...escaped.flatMap(text => [text, text.replace(/%[\dA-F]{2}/g, code => code.toLowerCase())]),
    json,
    json.replaceAll('/', '\\/'),
    // Go's JSON encoder escapes these characters.
    json.replace(/[<>&]/g, character => `\\u00${hex(character)}`),
    json.replace(/[^\x20-\x7e]/g, character => `\\u${hex(character).padStart(4, '0')}`),
  ]
  // Shorter values, such as the last line `}` of pasted JSON, are not secrets. Masking them would make logs unreadable.
  return [...new Set(forms)].filter(form => form.length >= 4)
}

/** Returns the forms that a secret takes in a URL's `href`. Each part of a URL has its own escaping rules. */
function urlForms(secret: string): string[] {
  // Without the added character, a secret would lose a `/`, `?`, or `#` at its start.
  const parts = { username: secret, pathname: `/${secret}`, search: `?${secret}`, hash: `#${secret}` }
  const { username, pathname, search, hash } = Object.assign(new URL('https://x'), parts)
  // In the text of a URL, a `#` or `?` in the secret begins a new part.
  const inText = ['https://x/', 'https://x/?'].map(start => new URL(start + secret).href.slice(start.length))
  // Parsing a URL removes `..` and line breaks. Don't mask the shortened forms, which could be common words.
  const forms = [username, pathname.slice(1), search.slice(1), hash.slice(1), ...inText]
  return forms.filter(form => form.length >= secret.length)
}

/** This step's masked values. The runner masks them in the log; {@link Masks.redact} does so in other output. */
export class Masks {
  readonly #mask: (value: string) => void
  readonly #forms = new Set<string>()

  /** @param mask `core.setSecret`, which makes the runner mask a value */
  constructor(mask: (value: string) => void) {
    this.#mask = mask
  }

  /** Masks a string in every form in which it could be printed. Call this before anything else can print the string. */
  add(text: string): void {
    for (const form of secretForms(text)) {
      if (!this.#forms.has(form)) this.#mask(form)
      this.#forms.add(form)
    }
  }

  /** Replaces every masked value in text that the runner does not mask. */
  redact(text: string): string {
    const longestFirst = [...this.#forms].sort((a, b) => b.length - a.length)
    return longestFirst.reduce((clean, form) => clean.replaceAll(form, '***'), text)
  }
}
