import type { Messages } from '../id';

/** Sentences the pages are filled with. */
export const web: Messages['web'] = {
  pace: (n) => `${n} desa per minute`,
  lasted: (span) => `took ${span}`,
  /** What a forecast of time rests on. */
  fromPast: (n: string) => `forecast, earlier runs: ${n}`,
  /** Of machine and database. */
  /** Of the machine, when more waits than it can do. */
  overloaded: (times: string) => `${times} times its capacity`,
  loadNow: (machine: string, connections: string | null) =>
    `load ${machine}${connections === null ? '' : `, connections ${connections}`}`,
  workerAway: 'The worker process on this server gives no sign.',
  rollbackWill: (n, version, parallel) => [
    `${n} desa go back to ${version}, at most ${parallel} at once. Citizens go on being served.`,
    'What runs stops at a safe step and goes back to where it was; what waits is not changed.',
  ],
  rollbackWont: ['The snapshot is not restored. What citizens wrote since the update stays.'],
  rollbackGo: (n) => `Roll back ${n} desa`,
  cancelWill: (n) => [`${n} desa that wait are not changed.`, 'What runs stops at a safe step and goes back.'],
  cancelWont: ['Desa that are done are not rolled back.'],
  cancelGo: (n) => `Cancel ${n} desa`,
  notices: {
    started: 'Started. You may close this page; the work goes on at the server.',
    pause: 'Paused. What runs is finished.',
    resume: 'Resumed.',
    cancel: 'Cancelled.',
    retry: 'Retried.',
    rollback: 'Rollback started.',
  },
  forms: {
    typed: (word) => `Type exactly: ${word}`,
  },
  plan: {
    parallel: 'At once',
    parallelValue: (n) => `at most ${n} desa`,
    soak: 'Soak time',
    rest: 'the rest',
    one: 'one desa first',
    few: 'one of each kecamatan',
    andMore: (n) => `and ${n} more`,
    verdict: 'Not tested whether the old code runs on the new schema.',
    verdictNote: 'Rolling code back does not restore the schema. A snapshot is made before the migration.',
    verdictSame: 'This release does not change the schema, so the old version can be used again at any time.',
    verdictSameNote: 'Rolling back only changes code; data is not touched.',
    verdictOwn: (apps) =>
      `${apps} migrates its own database in each desa; its old code is not tested on the new schema.`,
    verdictOwnNote: 'That database is backed up desa by desa before it is migrated.',
    citizens: {
      restart: 'The site stops answering for some seconds while it restarts.',
      stop: 'Citizens see a “stopped” notice until the desa is started again.',
      start: 'The site opens once it is proven from outside.',
      domain: 'The old address is forwarded to the new one.',
      remove: 'The site of this desa can no longer be opened.',
      rollback: 'Sites go on answering.',
    },
  },
  desa: {
    domainTitle: (nama, host) => `Move ${nama} to ${host}?`,
    domainWill: (from, to) => [
      `All apps of this desa answer at ${to}.`,
      `${from} is forwarded to ${to}.`,
      'The registration token is issued anew for the new address.',
    ],
    domainWont: ['Data, files and accounts stay.'],
    removeTitle: (nama, kecamatan) => `Remove ${nama}, Kec. ${kecamatan}, from the server?`,
    removeWill: (apps) => [
      `The data of this desa is archived first, then ${apps} are removed with their files and database users.`,
      'Its address stops answering.',
    ],
    removeWont: ['Other desa and the shared database are not touched. The archive stays.'],
    history: { failed: 'failed', running: 'running', done: 'done', by: (name) => `by ${name}` },
  },
  overview: {
    unused: 'not used yet',
    versionsNote: (n) => `${n} desa installed`,
    cpu: 'CPU',
    load: (work, cores) => `load ${work} for ${cores} cores`,
    memory: 'Memory',
    disk: 'Disk',
    database: 'Database',
    connections: (used: string, max: string) => `${used} of ${max} connections`,
  },
  checks: {
    database: 'Database of the dashboard',
    databaseNote: 'answers',
    worker: 'Worker',
    workerNote: 'alive',
    workerAway: 'gives no sign',
    workerRemedy: './siappakai up',
    proxy: 'HTTPS front door',
    proxyNote: (port) => `answers on port ${port}`,
    proxyAway: 'does not answer',
    memory: 'Memory',
    disk: 'Disk',
    free: (size) => `${size} free`,
    memoryRemedy: 'add memory before installing many desa',
    diskRemedy: 'provide at least 10 GB',
  },
  notSetUp: {
    title: 'Not set up yet',
    lead: 'The first set-up uses a one-time link made at the server:',
    command: './siappakai up',
  },
};
