import { preview } from './action.ts'
import { start } from './step/start.ts'

// The bundle loads the code of a module when it first uses it.
start(early => preview(early))
