import { revoke } from './action.ts'

void revoke()
