import { main } from './action.ts'
import { start } from './step/start.ts'

start(early => main(early))
