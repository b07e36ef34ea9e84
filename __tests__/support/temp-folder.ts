import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll } from '@jest/globals'

/** Creates a folder, and removes it after the file's tests. */
export function tempFolder(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `${name}-`))
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}
