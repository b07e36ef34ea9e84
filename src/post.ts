import { decide } from './post/decide.ts'
import { readState } from './state/state.ts'

// Every job that uses the action runs this. If there is nothing to do, it loads no other code, not even @actions/core.
const plan = decide(readState(process.env), (process.env['INPUT_JOB-STATUS'] ?? '').trim())
if (plan !== undefined) void import('./action.ts').then(({ post }) => post(plan))
