import { preview } from './action.ts'
import { start } from './step/start.ts'

start(early => preview(early))
