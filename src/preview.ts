import { preview } from './action.ts'

void preview()
