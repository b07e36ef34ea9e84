import { DAY_MS, namesSetup } from './records.ts'
import { type Inputs, type Options, type pinataAndGitHub, runOriginStep } from './step.ts'

export const ORIGIN = 'https://pr-7.example.com'

/** Sets up a gateway with one key, a GitHub emulator, and inputs for origin/action.yml without a name. */
export async function originSetup(options: Parameters<typeof pinataAndGitHub>[1] & { hosts?: string[] } = {}) {
  const { hosts = [], ...others } = options
  const fixture = await namesSetup(others)
  const { gateway, github, inputs, env } = fixture
  for (const value of hosts) addEntry(gateway, value)
  const allow = (more: Inputs = {}, others: Options = {}) =>
    runOriginStep({ ...inputs, origin: ORIGIN, ...more }, { env, ...others })
  /** Returns the content of each record, oldest first. */
  const records = () =>
    [...github.deployments.values()].map(({ payload }) => payload as { name: string; expiresAt: string | null })
  return { ...fixture, allow, records }
}

/** Adds an entry, as a person would in Pinata. */
export function addEntry(gateway: { allowedHosts: { id: string; value: string; createdAt: string }[] }, value: string) {
  const entry = { id: crypto.randomUUID(), value, createdAt: '2024-07-12T15:34:59.786198063Z' }
  gateway.allowedHosts.push(entry)
  return entry
}

/** The inputs that make a step of {@link namedOriginSetup} use no name. */
export const UNNAMED = { name: '', 'expires-in': '' }

/** Extends {@link originSetup} with a step that allows the origin under the name pr-7 for seven days. */
export async function namedOriginSetup(options: Parameters<typeof originSetup>[0] = {}) {
  const fixture = await originSetup(options)
  const { gateway, passTime } = fixture
  const allow = (more: Inputs = {}, others: Options = {}) =>
    fixture.allow({ name: 'pr-7', 'expires-in': '7d', ...more }, others)
  /** Moves both servers' clocks from the creation to this long after the expiry. */
  const passExpiry = (afterMs: number) => passTime(7 * DAY_MS + afterMs)
  const ids = () => gateway.allowedHosts.map(({ id }) => id)
  return { ...fixture, allow, passExpiry, ids }
}
