import { origin } from './action.ts'
import { start } from './step/start.ts'

start(early => origin(early))
