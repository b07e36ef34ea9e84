import { origin } from './action.ts'

void origin()
