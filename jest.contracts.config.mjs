import config from './jest.config.mjs'

// These load Prism, which takes its time.
export default { ...config, testMatch: ['<rootDir>/__tests__/contracts/*.test.ts'] }
