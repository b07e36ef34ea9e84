import { isIP } from 'node:net'
import { ActionError } from '../errors.ts'
import { quoted } from '../text.ts'

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The parts of a list by comma or line, without duplicates. */
export function parseList(value: string): string[] {
  const parts = value.split(/[,\r\n]/).map(part => part.trim())
  return [...new Set(parts.filter(part => part !== ''))]
}

/** `30m`, `12h` or `7d`, in milliseconds. @param input its name @throws ActionError if it is none of these */
export function parseDuration(input: string, value: string, maxMs = Number.POSITIVE_INFINITY): number {
  const [, number, unit] = /^0*([1-9]\d{0,5})([mhd])$/.exec(value) ?? []
  const ms = Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS]
  if (unit !== undefined && ms <= maxMs) return ms
  const most = maxMs === Number.POSITIVE_INFINITY ? '' : `, ${maxMs / UNIT_MS.d} days at the most`
  throw new ActionError(
    `${input} is ${shown(value)}. It must be a whole number with m (minutes), h (hours) or d (days), like 12h${most}.`,
  )
}

/** A boolean as YAML writes it; an empty value is false. @param input its name @throws ActionError if it is none */
export function parseFlag(input: string, value: string): boolean {
  return (
    parseChoice(input, value, ['false', 'true', 'False', 'True', 'FALSE', 'TRUE'], 'false').toLowerCase() === 'true'
  )
}

/** One of some words; an empty value is the default. @param input its name @throws ActionError if it is none of them */
export function parseChoice<T extends string>(input: string, value: string, allowed: readonly T[], fallback: T): T {
  if (value === '') return fallback
  const found = allowed.find(each => each === value)
  if (found !== undefined) return found
  const choices = [...new Set(allowed.map(each => each.toLowerCase()))]
  throw new ActionError(
    `${input} is ${shown(value)}. It must be ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}.`,
  )
}

/**
 * A refused input in a sentence. Where it holds something that does not show, or looks like another letter, it says
 * what: `"true"` alone would not tell.
 */
export function shown(value: string): string {
  const [odd] = /[^\x20-\x7e]/u.exec(value) ?? []
  if (odd === undefined) return quoted(value)
  const code = odd.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
  return `${quoted(value)} (with ${/[\r\n]/.test(odd) ? 'a line break' : `the character U+${code}`} in it)`
}

/** Whether a host is this machine, to which plain http is no risk. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}
