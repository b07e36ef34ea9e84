import { revoke } from './action.ts'
import { start } from './step/start.ts'

start(early => revoke(early))
