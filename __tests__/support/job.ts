import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, test } from '@jest/globals'
import { leaks, startJob } from '../../emulator/runner/runner.mjs'

/** The folders of the action.yml files. Their built code runs as a runner starts it. */
export const ACTION = path.resolve(import.meta.dirname, '../..')
export const ORIGIN_ACTION = path.join(ACTION, 'origin')
export const PREVIEW_ACTION = path.join(ACTION, 'preview')
export const REVOKE_ACTION = path.join(ACTION, 'revoke')

/** Node can't send Ctrl+C on Windows: a stopped process is a killed one there. */
export const onPosix = process.platform === 'win32' ? test.failing : test

export type Job = ReturnType<typeof startJob>
export type StepResult = Awaited<ReturnType<Job['step']>>

const home = mkdtempSync(path.join(tmpdir(), 'jobs-'))
let made = 0
afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))

/** A job with the JWT as `${{ secrets.PINATA_JWT }}`. Its files are removed after the tests of a file, even if it never ends. */
export function jobWith(jwt: string, options: Parameters<typeof startJob>[0] = {}): Job {
  const dir = path.join(home, `job-${made++}`)
  return startJob({ dir, ...options, context: { ...options.context, secrets: { PINATA_JWT: jwt } } })
}

/**
 * Returns the places where a step shows a secret. Ignores its commands to mask, which the runner removes, and its
 * outputs, which contain the key.
 */
export function leaksOf(result: StepResult, ...secrets: string[]): string[] {
  const { raw, stderr, log, summary } = result
  const stdout = raw.replace(/^::add-mask::.*$/gm, '')
  const [state, annotations] = [result.state, result.annotations].map(each => JSON.stringify(each))
  return Object.entries({ stdout, stderr, log, summary, state, annotations }).flatMap(([place, text = '']) =>
    leaks(text, secrets).map(leak => `${place}: ${JSON.stringify(leak)}`),
  )
}

/** The environment of a step whose process runs this code first. */
export function preload(code: string): Record<string, string> {
  const file = path.join(home, `preload-${made++}.cjs`)
  writeFileSync(file, code)
  return { NODE_OPTIONS: `--require="${file.replaceAll('\\', '/')}"` }
}

/** The environment of a step whose process trusts a certificate. */
export function trusting({ cert }: { cert: string }): Record<string, string> {
  const file = path.join(home, `ca-${made++}.pem`)
  writeFileSync(file, cert)
  return { NODE_EXTRA_CA_CERTS: file }
}

/** Code for {@link preload} that shortens the pauses between tries. */
export const NO_PAUSES = `
  const timers = require('node:timers/promises')
  const { setTimeout: sleep } = timers
  timers.setTimeout = (ms, ...rest) => sleep(Math.min(ms, 10), ...rest)
`

/** The environment of a step that prints which modules of Node it loaded, for {@link loadedModules}. */
export function listingModules(): Record<string, string> {
  return preload(`
    const Module = require('node:module')
    const load = Module._load
    const names = new Set()
    Module._load = (name, ...rest) => (names.add(name.replace('node:', '')), load(name, ...rest))
    const { writeSync } = require('node:fs')
    names.clear()
    process.on('exit', () => writeSync(1, 'loaded: ' + [...names].join() + '\\n'))
  `)
}

export function loadedModules(result: StepResult | undefined): string[] {
  return /^loaded: (.*)$/m.exec(result?.raw ?? '')?.[1]?.split(',') ?? []
}
