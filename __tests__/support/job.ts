import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from '@jest/globals'
import { findLeaks, startJob } from '../../emulator/runner/runner.mjs'
import { tempFolder } from './temp-folder.ts'

/** The folders of the action.yml files. Tests run the actions' built code as a runner does. */
export const ACTION = path.resolve(import.meta.dirname, '../..')
export const ORIGIN_ACTION = path.join(ACTION, 'origin')
export const PREVIEW_ACTION = path.join(ACTION, 'preview')
export const REVOKE_ACTION = path.join(ACTION, 'revoke')

/** A `test` that is skipped on Windows. Node can't send Ctrl+C there, so stopping a process kills it. */
export const onPosix = process.platform === 'win32' ? test.skip : test

export type Job = ReturnType<typeof startJob>
export type StepResult = Awaited<ReturnType<Job['step']>>

const home = tempFolder('jobs')
let fileCount = 0

/** Starts a job with the JWT as `${{ secrets.PINATA_JWT }}`. Its files are removed even if it never ends. */
export function jobWith(jwt: string, options: Parameters<typeof startJob>[0] = {}): Job {
  const dir = path.join(home, `job-${fileCount++}`)
  return startJob({ dir, ...options, context: { ...options.context, secrets: { PINATA_JWT: jwt } } })
}

/**
 * Returns the places where a step shows a secret. Ignores its mask commands, which the runner removes, and its outputs,
 * which contain the key.
 */
export function leaksOf(result: StepResult, ...secrets: string[]): string[] {
  const { raw, stderr, log, summary } = result
  const stdout = raw.replace(/^::add-mask::.*$/gm, '')
  const [state, annotations] = [result.state, result.annotations].map(each => JSON.stringify(each))
  return Object.entries({ stdout, stderr, log, summary, state, annotations }).flatMap(([place, text = '']) =>
    findLeaks(text, secrets).map(secret => `${place}: ${JSON.stringify(secret)}`),
  )
}

/** Returns an environment in which a step's process runs this code first. */
export function preload(code: string): Record<string, string> {
  const file = path.join(home, `preload-${fileCount++}.cjs`)
  writeFileSync(file, code)
  return { NODE_OPTIONS: `--require="${file.replaceAll('\\', '/')}"` }
}

/** Returns an environment in which a step's process trusts a certificate. */
export function trustCertificate({ cert }: { cert: string }): Record<string, string> {
  const file = path.join(home, `ca-${fileCount++}.pem`)
  writeFileSync(file, cert)
  return { NODE_EXTRA_CA_CERTS: file }
}

/** Code for {@link preload} that shortens pauses. */
export const NO_PAUSES = `
  const timers = require('node:timers/promises')
  const { setTimeout: sleep } = timers
  timers.setTimeout = (ms, ...rest) => sleep(Math.min(ms, 10), ...rest)
`

/** Returns an environment in which a step prints the modules that it loaded, for {@link loadedModules}. */
export function logModules(): Record<string, string> {
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
