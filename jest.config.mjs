export default {
  testMatch: ['<rootDir>/__tests__/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2023' }, module: { type: 'es6' } }] },
  testTimeout: 30_000,
  clearMocks: true,
}
