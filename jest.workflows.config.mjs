import config from './jest.config.mjs'

// These need act, which npm does not install.
export default { ...config, testMatch: ['<rootDir>/__tests__/workflows/*.test.ts'] }
