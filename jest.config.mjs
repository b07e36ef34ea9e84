import { join } from 'node:path/posix'

const base = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2023' }, module: { type: 'es6' } }] },
  clearMocks: true,
}

/** @param {string} displayName @param {...string} folders */
const project = (displayName, ...folders) => ({
  ...base,
  displayName,
  testMatch: folders.map(folder => join('<rootDir>/__tests__', folder, '*.test.ts')),
})

export default {
  // This may exceed the number of processors, because most tests wait for processes and sockets.
  maxWorkers: 4,
  testTimeout: 30_000,
  projects: [
    // All other folders, so that a new folder's tests always run.
    project('action', '.', '!(browser|contracts|emulator|interleavings|project|tools|workflows)'),
    project('project', 'emulator', 'interleavings', 'project'),
    // These load Prism, which is slow.
    project('contracts', 'contracts'),
    // These test the development tools, and mostly wait.
    project('tools', 'tools'),
    // These need act, which npm does not install.
    project('workflows', 'workflows'),
    // These need Chrome or Chromium.
    project('browser', 'browser'),
  ],
}
