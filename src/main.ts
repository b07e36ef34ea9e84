import { main } from './action.ts'
import { connectEarly } from './step/connect-early.ts'

connectEarly(early => main(early))
