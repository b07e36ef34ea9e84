// What is asked, in this order. Another subject is another file and a line here.
import * as api from './api.mjs'
import * as cors from './cors.mjs'
import * as keyAction from './key-action.mjs'
import * as keys from './keys.mjs'
import * as originAction from './origin-action.mjs'
import * as origins from './origins.mjs'

/** @import { Scenario } from './reads.mjs' */

/** @type {Scenario[]} */
export const SCENARIOS = [api, keys, cors, origins, keyAction, originAction]

/** What stays unknown, and why. */
export const NOT_ASKED = [
  "What a 429 looks like: the rate limit is the whole account's, so this run stays below it.",
  'How many origins a gateway takes: it would take many additions to learn.',
  "HTML on a custom domain, which is not everybody's to have.",
]
