import { ActionError } from '../errors.ts'
import { shown } from './rejected-value.ts'

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Converts a duration such as `12h` to milliseconds. @throws ActionError if it is invalid or exceeds `maxDays` */
export function parseDuration(input: string, value: string, maxDays = Number.POSITIVE_INFINITY): number {
  const [, number, unit] = /^0*([1-9]\d{0,5})([mhd])$/.exec(value) ?? []
  const ms = Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS]
  if (ms <= maxDays * UNIT_MS.d) return ms
  const form = 'a whole number followed by m (minutes), h (hours), or d (days), such as 12h'
  const most = Number.isFinite(maxDays) ? ` The maximum is ${maxDays}d.` : ''
  throw new ActionError(`${input} is ${shown(value)}. Set it to ${form}.${most}`)
}
