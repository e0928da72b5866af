/** Tests run as ES modules straight from the TypeScript sources; esbuild strips the types. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: { '\\.ts$': '<rootDir>/scripts/jest-transform.mjs' },
  extensionsToTreatAsEsm: ['.ts'],
  globalSetup: '<rootDir>/test/global-setup.mjs',
  reporters: ['default', '<rootDir>/scripts/jest-summary.mjs'],
  testTimeout: 60_000,
  maxWorkers: 2,
}
