import { post } from './action.ts'
import { decide } from './post/decide.ts'
import { readState } from './state/state.ts'

// Every job that uses the action runs this file, so its built version loads `action.js` only if necessary.
const plan = decide(readState(process.env), (process.env['INPUT_JOB-STATUS'] ?? '').trim())
if (plan !== undefined) void post(plan)
