const tier = (name, extra = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // What is loaded only when needed is named as it is called when built.
  moduleNameMapper: { '^(.*/provisioners/servers/index)\\.js$': '$1' },
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  ...extra,
});

module.exports = {
  projects: [
    tier('unit'),
    tier('integration', { testPathIgnorePatterns: ['/node_modules/', '/test/integration/docker/'] }),
    // Integration on a real engine; apart, because it brings and takes networks.
    tier('integration/docker', { displayName: 'docker' }),
    tier('contract'),
    tier('e2e'),
  ],
};
