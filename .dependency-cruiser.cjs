/**
 * Who may import whom; the table of docs: a folder sees only what its line names (npm and node modules aside).
 * `foundation` is what every process stands on: configuration, logger, files, texts.
 */
const CONTRACTS = '^provisioners/(contracts/.*|contracts\\.ts|registry\\.ts)$';
const LIB = '^provisioners/lib/';
const FOUNDATION = '^server/(config|installation|logger|atomic-file)\\.ts$';
const DOMAIN = '^server/domain/';
/** Parsing without input or output. */
const ZOD = 'node_modules/zod/';
const STORES = '^server/stores/';
const AUTH = '^server/(auth|mail)/';
const TEXTS = '^server/texts/';
const SERVICES = '^server/services/';
const ENGINE = '^server/(rollouts|steps)/';
/** Readiness checks and a session lock need a connection of their own; neither reads a table. */
const OWN_CONNECTION = '^server/(parts/(services|ground)|jobs/worker-lock)\\.ts$';
const PARTS = '^server/(parts/|supervisor\\.ts$)';

const shell = (own) => [own, SERVICES, ENGINE, STORES, DOMAIN, AUTH, TEXTS, FOUNDATION, CONTRACTS];
const layers = {
  'server/stores': [STORES, DOMAIN, CONTRACTS, '^migrations/index\\.ts$'],
  'server/auth': [AUTH, DOMAIN, STORES, FOUNDATION],
  'server/services': [SERVICES, ENGINE, DOMAIN, STORES, AUTH, TEXTS, FOUNDATION, CONTRACTS, LIB],
  'server/rollouts': [ENGINE, DOMAIN, STORES, AUTH, TEXTS, FOUNDATION, CONTRACTS, LIB],
  'server/steps': [ENGINE, DOMAIN, STORES, AUTH, TEXTS, FOUNDATION, CONTRACTS, LIB],
  'server/http': shell('^server/http/'),
  'server/realtime': shell('^server/realtime/'),
  'server/jobs': [...shell('^server/jobs/'), PARTS],
  'server/cli': [...shell('^server/cli/'), PARTS, LIB],
  // The containers SiapPakai owns are parts too.
  'server/parts': [PARTS, DOMAIN, AUTH, FOUNDATION, LIB, CONTRACTS, '^provisioners/(proxies|databases)/'],
  'server/texts': [TEXTS, DOMAIN],
  provisioners: ['^provisioners/'],
  migrations: ['^migrations/'],
};
const OURS = '^(server|provisioners|migrations|views|test)/';
const escaped = (folder) => folder.replace('/', '\\/');
const layerRules = Object.entries(layers).map(([folder, seen]) => ({
  name: `layer: ${folder}`,
  severity: 'error',
  from: { path: `^${escaped(folder)}/` },
  to: { path: OURS, pathNot: seen },
}));

module.exports = {
  forbidden: [
    {
      name: 'no cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no unknown modules', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'domain is pure',
      severity: 'error',
      from: { path: DOMAIN },
      to: { pathNot: [DOMAIN, ZOD], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'domain knows only types of the contracts',
      severity: 'error',
      from: { path: DOMAIN },
      to: { pathNot: [DOMAIN, CONTRACTS, ZOD], dependencyTypes: ['type-only'] },
    },
    {
      name: 'SQL lives in stores',
      severity: 'error',
      from: { path: '^server/', pathNot: [STORES, OWN_CONNECTION, '^server/(wiring|main)\\.ts$', '^server/wiring/'] },
      to: { path: 'node_modules/(knex|mysql2)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no app imports a target',
      severity: 'error',
      from: { path: '^provisioners/apps/' },
      to: { path: '^provisioners/(targets|proxies|databases|releases)/' },
    },
    {
      name: 'no target imports another',
      severity: 'error',
      from: { path: '^provisioners/targets/([^/]+)/' },
      to: { path: '^provisioners/targets/', pathNot: '^provisioners/targets/$1/' },
    },
    {
      name: 'no target imports an app',
      severity: 'error',
      from: { path: '^provisioners/(targets|proxies|databases|releases|lib)/' },
      to: { path: '^provisioners/apps/' },
    },
    {
      name: 'lib stands alone',
      severity: 'error',
      from: { path: '^provisioners/lib/' },
      to: { path: '^provisioners/', pathNot: ['^provisioners/lib/', CONTRACTS] },
    },
    {
      name: 'no product code imports tests',
      severity: 'error',
      from: { path: '^(server|provisioners|migrations)/' },
      to: { path: '^test/' },
    },
    ...layerRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: `${__dirname}/tsconfig.json` },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'default', 'types'],
      mainFields: ['main', 'types'],
    },
  },
};
