import { postWorkOf, readState } from './steps/state.ts'

// Every job that uses the action runs this: with nothing to do, nothing more is loaded, not even @actions/core.
const work = postWorkOf(readState(process.env), (process.env['INPUT_JOB-STATUS'] ?? '').trim())
if (work !== undefined) void import('./action.ts').then(({ post }) => post(work))
