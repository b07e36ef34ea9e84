/** What is shorter is no secret, and would blank out every log: think of the line `}` of a JSON that was pasted. */
const MIN_LENGTH = 4

/**
 * Every form in which a URL, a form or JSON would print this secret. The runner masks a value as it is and in some
 * encodings (base64, and the escapes of JSON, URIs and XML); these are the forms of other programs, and those that our own
 * texts must not hold. An ordinary JWT or gateway key has one form; the rest is for values that need escaping.
 *
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log
 */
export function secretForms(secret: string): string[] {
  const uri = encodeURIComponent(secret.toWellFormed())
  const strictUri = uri.replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  const form = new URLSearchParams({ '': secret }).toString().slice(1)
  const json = JSON.stringify(secret).slice(1, -1)
  const forms = [
    secret,
    // A log is masked line by line, so a secret over several lines is masked by its lines.
    ...secret.split(/[\r\n]+/).map(line => line.trim()),
    encodeURI(secret.toWellFormed()),
    uri,
    strictUri,
    uri.replaceAll('%2F', '/'),
    form,
    ...[uri, strictUri, form].map(lowerCaseEscapes),
    json,
    json.replaceAll('/', '\\/'),
    // As Go writes JSON.
    json.replace(/[<>&]/g, character => `\\u00${character.charCodeAt(0).toString(16)}`),
    json.replace(/[^\x20-\x7e]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ]
  return [...new Set(forms)].filter(form => form.length >= MIN_LENGTH).sort((a, b) => b.length - a.length)
}

function lowerCaseEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, escaped => escaped.toLowerCase())
}

/** What is masked in this step: in the log by the runner, and in our own texts by {@link Masks.redact}. */
export class Masks {
  readonly #mask: (value: string) => void
  readonly #forms = new Set<string>()

  /** @param mask tells the runner to mask a value, as `core.setSecret` does */
  constructor(mask: (value: string) => void) {
    this.#mask = mask
  }

  /** Masks a text in every form it could be printed in. To be called before anything else can print it. */
  add(text: string): void {
    for (const form of secretForms(text)) {
      if (this.#forms.has(form)) continue
      this.#forms.add(form)
      this.#mask(form)
    }
  }

  /** The text without anything that is masked. The log is masked by the runner; this is for texts that must hold none. */
  redact(text: string): string {
    let clean = text
    for (const form of [...this.#forms].sort((a, b) => b.length - a.length)) clean = clean.replaceAll(form, '***')
    return clean
  }
}
