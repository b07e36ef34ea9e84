import { origin } from './action.ts'
import { connectEarly } from './step/connect-early.ts'

connectEarly(early => origin(early))
