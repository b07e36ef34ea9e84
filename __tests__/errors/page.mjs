// docs/errors.md, from what the action says in each case.
import { plain } from './markdown.mjs'
import { messagesIn } from './messages.mjs'
import { nameOf } from './run.mjs'

/** @import { Case } from './run.mjs' */

const INTRODUCTION = `# Errors

<!-- Made by \`npm run docs\`. Do not edit. -->

The messages of the three actions, and what brings each about. It is made by running the built action against the
emulators of Pinata and GitHub, and a test fails when the action says anything else. All cases, and what the action says
in each, are in [expected.json](../__tests__/errors/expected.json). The step's log says more, and says all with
[debug logging](https://docs.github.com/en/actions/how-tos/monitor-workflows/enable-debug-logging).

To find a message, search this page for its first words. A message can be made of several: "… could not be revoked: …"
is followed by the reason, which is a message of its own. Look for each part.

- An error fails the step. A warning fails nothing.
- *Key*, *origin* and *revoke* are the steps of \`action.yml\`, \`origin/action.yml\` and \`revoke/action.yml\`. The *post step*
  is that of key and origin, which GitHub runs at the end of the job.
- \`…\`, \`<key ID>\`, \`<gateway>\` and the like stand for what differs. In a message itself, \`…\` stands for text that is too
  long or looks like a token, and \`***\` for a secret that was taken out.
- An answer of Pinata's or GitHub's is told in brackets, with the request ID that their support can look up.
`

/**
 * What a reader looks for, and how the messages about it begin. The first that fits counts.
 *
 * @type {{ title: string, about: string, messages: RegExp }[]}
 */
const GROUPS = [
  {
    title: 'Inputs',
    about: 'A bad input is refused before any request.',
    messages: /^(?:[a-z-]+ (?:"…"|is |must |holds |needs |and )|… are given|Nothing to revoke)/,
  },
  {
    title: 'The first and the last access control',
    about:
      "A gateway's first access control cuts off all readers that do not satisfy it. When the last one is gone, anybody can read the pinned content.",
    messages: /first-key is|first-control is|last-key is|the first access control|^Whether gateway|no access control/,
  },
  {
    title: 'Lost answers',
    about: 'A request whose answer got lost may have created something.',
    messages: /^An answer of Pinata's got lost|^Gateway <gateway> may have/,
  },
  {
    title: 'Names and expiry',
    about: 'Names are recorded on GitHub, as deployments of the repository.',
    messages:
      /^Deployment|but its record|whether <name> still|still stands for|^The expiry|^Names are|ages are measured/,
  },
  {
    title: 'Keys and origins that the gateway has, or has not',
    about: 'An existing key or origin is taken, and never revoked by the step that took it.',
    messages:
      /^Gateway <gateway> has no key|^revoke: |was on gateway|^Pinata answered with|as the gateway could not be read/,
  },
  {
    title: 'What was revoked, and what was not',
    about: 'What a failed step created is revoked at once, and by the post step if that fails.',
    messages:
      /could not be (?:revoked|removed)|just before, was|^Origin <origin> stays|was not (?:revoked|removed)|^The gateway still lists|^Whether the|^The answer to the/,
  },
  {
    title: 'What Pinata answers',
    about: 'A request is retried on 429, on 5xx and when the network fails, until the time of the step is over.',
    messages:
      /^Pinata|^The API key|^There is no gateway|^No gateway in|^api-url|what Pinata documents|api\.pinata\.cloud/,
  },
  {
    title: 'What GitHub answers',
    about: 'Only with `name` and `expired` is GitHub asked. Requests are retried as those to Pinata are.',
    messages: /^GitHub|^github-token|what GitHub documents|api\.github\.com/,
  },
  {
    title: 'The step and its runner',
    about: 'The time of a step, its end, and the files and variables that the runner gives it.',
    messages:
      /^GITHUB_|^The proxy|^The step|could not be (?:written|saved|handed)|used up its time|^Unexpected|^Please|^No (?:key was created|origin was added)\.$/,
  },
]

/** A message that comes from more parts of the table tells first what was answered, and then to what. */
const MAX_SECTIONS = 3
/** As many causes as are listed of one section, and of all together. */
const MAX_CAUSES = 6
const MAX_ALL = 12
/** How long a sentence may get in a heading. In characters. */
const MAX_SENTENCE = 90
const PLACES = ['key', 'origin', 'revoke', 'post step']

/**
 * A message with all that brings it about.
 *
 * @typedef {object} Entry
 * @property {string} text
 * @property {Map<string, Set<string>>} places by level
 * @property {Map<string, Set<string>>} causes by section
 */

/**
 * The page.
 *
 * @param {Case[]} cases
 * @param {Record<string, string>} said by the name of the case
 */
export function pageOf(cases, said) {
  const entries = entriesOf(cases, said)
  const headings = headingsOf(entries.map(({ text }) => text))
  const groups = GROUPS.map(({ title, about }) => ({ title, about, parts: /** @type {string[]} */ ([]) }))
  for (const entry of entries) {
    const heading = headings.get(entry.text) ?? ''
    groups[GROUPS.indexOf(groupOf(entry.text))]?.parts.push(partOf(entry, heading))
  }
  const contents = groups.map(({ title, parts }) => `- [${title}](#${anchorOf(title)}) (${parts.length})`)
  return [
    INTRODUCTION,
    `${contents.join('\n')}\n`,
    ...groups.flatMap(({ title, about, parts }) => [`## ${title}\n`, `${about}\n`, ...parts]),
  ].join('\n')
}

/** @param {Case[]} cases @param {Record<string, string>} said @returns {Entry[]} by the alphabet */
function entriesOf(cases, said) {
  /** @type {Map<string, Entry>} */
  const entries = new Map()
  for (const one of cases) {
    for (const line of (said[nameOf(one)] ?? '').split('\n').filter(each => each !== '')) {
      const [, level = '', message = ''] = /^(\w+): (.*)$/.exec(line) ?? []
      for (const text of messagesIn(message)) {
        const entry = within(entries, text, () => ({ text, places: new Map(), causes: new Map() }))
        within(entry.places, level, () => new Set()).add(placeOf(one))
        within(entry.causes, one.section, () => new Set()).add(one.given)
      }
    }
  }
  return [...entries.values()].sort((a, b) => (a.text.toLowerCase() < b.text.toLowerCase() ? -1 : 1))
}

/** @param {Case} one */
function placeOf({ action, atEndOfJob }) {
  return atEndOfJob ? 'post step' : { get: 'key', origin: 'origin', revoke: 'revoke' }[action]
}

/** @param {string} text */
function groupOf(text) {
  const group = GROUPS.find(({ messages }) => messages.test(text))
  if (group === undefined) throw new TypeError(`No group of page.mjs takes this message: ${text}`)
  return group
}

/**
 * The heading of each message: its first sentence, and where others begin alike, the first sentence that they do not have.
 *
 * @param {string[]} texts
 * @returns {Map<string, string>}
 */
export function headingsOf(texts) {
  const all = texts.map(text => ({ text, sentences: text.split(/(?<=\.) (?=[\p{Lu}(])/u) }))
  return new Map(
    all.map(({ text, sentences }) => {
      const [first = ''] = sentences
      const others = all.filter(other => other.text !== text && other.sentences[0] === first)
      const own = sentences.findIndex(each => others.every(other => !other.sentences.includes(each)))
      const parts = own > 0 ? [first, sentences[own] ?? ''] : [first]
      return [
        text,
        parts
          .map(shortened)
          .join(own === 1 ? '. ' : ' … ')
          .replaceAll(' …. ', ' … '),
      ]
    }),
  )
}

/** @param {string} sentence */
function shortened(sentence) {
  const text = sentence.replace(/\.$/, '')
  if (text.length <= MAX_SENTENCE) return text
  return `${text.slice(0, text.lastIndexOf(' ', MAX_SENTENCE)).replace(/[,:;]$/, '')} …`
}

/** @param {Entry} entry @param {string} heading */
function partOf({ text, places, causes }, heading) {
  const levels = [...places].sort().map(([level, all]) => {
    return `${level === 'error' ? 'Error' : 'Warning'}: ${PLACES.filter(place => all.has(place)).join(', ')}.`
  })
  return `### ${plain(heading)}\n\n> ${plain(text)}\n\n${levels.join(' ')}\n\n${causesOf(causes).join('\n')}\n`
}

/** @param {Entry['causes']} causes @returns {string[]} as a list */
function causesOf(causes) {
  if (causes.size <= MAX_SECTIONS) {
    return [...causes].map(([section, all]) => `- ${section}: ${someOf(all, MAX_CAUSES)}`)
  }
  const all = new Set([...causes.values()].flatMap(each => [...each]))
  return [`- What: ${someOf(all, MAX_ALL)}`, `- Where: ${someOf(new Set(causes.keys()), MAX_ALL)}`]
}

/** @param {Set<string>} all @param {number} max */
function someOf(all, max) {
  const rest = all.size - max
  return [...all].slice(0, max).join('; ') + (rest > 0 ? `; and ${rest} more` : '')
}

/**
 * The anchor that GitHub gives to a heading, if no other has the same.
 *
 * @param {string} heading without Markdown
 */
export function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-')
}

/**
 * @template V
 * @param {Map<string, V>} map
 * @param {string} key
 * @param {() => V} make
 * @returns {V}
 */
function within(map, key, make) {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}
