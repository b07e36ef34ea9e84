// Installs the tools at exact versions into .cache/tools/, each into a folder of its own.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { NODE } from './versions.mjs'

const CACHE = fileURLToPath(new URL('../../.cache/tools', import.meta.url))

/**
 * @param {string} name of a package
 * @param {string} version
 * @param {string[]} others packages that it needs beside it, as `name@version`
 * @returns the folder that has it in its `node_modules`
 */
export function install(name, version, ...others) {
  const folder = path.join(CACHE, `${name}@${version}`)
  if (existsSync(folder)) return folder
  console.log(`Installing ${name}@${version}`)
  // Renamed when it is whole, so that an installation that was broken off is not taken for one.
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  writeFileSync(path.join(unfinished, 'package.json'), '{ "private": true }\n')
  // The packages' own scripts are not needed, and would download more.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', ['install', ...options, `${name}@${version}`, ...others], { cwd: unfinished, stdio: 'inherit' })
  renameSync(unfinished, folder)
  return folder
}

/** The folder with a `node` that all tools run on: this one, if it is new enough. */
export function nodeFolder() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return path.dirname(process.execPath)
  const name = `node-${process.platform}-${process.arch}`
  return path.join(install(name, NODE), 'node_modules', name, 'bin')
}
