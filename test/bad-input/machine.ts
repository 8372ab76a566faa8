import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../provisioners/lib/run';
import { zipTree, sampleTree } from './archives';
import type { Ground, Row } from './row';

const NOBODY = 1;
const KLIRONG = '33.05.05.2011';
const mount = async (...argv: readonly string[]): Promise<void> => {
  const done = await run(argv, { timeoutMs: 10_000 });
  if (done.exitCode !== 0) throw new Error(done.stderr);
};
const stored = ({ world }: Ground): string => world.config.paths.releases;
const zip = ({ folder }: Ground): string => path.join(folder, 'rilis.zip');

/** A new installation in the row's folder. */
const fresh = ({ folder, freePorts }: Ground) => ({
  ...{ home: path.join(folder, 'home'), name: null, httpPort: freePorts[0], httpsPort: freePorts[1] },
  ...{ dashboardPort: freePorts[2], dockerHost: `tcp://127.0.0.1:${NOBODY}` },
});
const up = (what: string, row: Pick<Row, 'code' | 'problem'>, elsewhere: Required<Row>['elsewhere']): Row => ({
  ...{ what, ...row, exit: 3, field: null, rest: null, elsewhere },
  argv: () => ['up'],
});
const taken = (what: string, of: 'httpPort' | 'httpsPort' | 'dashboardPort'): Row =>
  up(what, { code: 'port_taken', problem: null }, (ground) => ({ ...fresh(ground), [of]: ground.takenPort }));

/** A machine that is not fit. */
export const MACHINE_ROWS: readonly Row[] = [
  {
    what: 'a release on a full disk',
    async lay(ground) {
      zipTree(zip(ground), await sampleTree());
      mkdirSync(stored(ground), { recursive: true });
      await mount('mount', '-t', 'tmpfs', '-o', 'size=16m,mode=0750', 'tmpfs', stored(ground));
    },
    undo: (ground) => mount('umount', stored(ground)),
    argv: (ground) => ['release', 'import', 'opensid', zip(ground)],
    rest: (ground) => ({ operation: 'release.import', call: { body: { app: 'opensid', location: zip(ground) } } }),
    ...{ exit: 3, code: 'no_space', problem: 'provision_no_space', field: null, refused: 'each way' },
  },
  {
    what: 'the database is down',
    lay: ({ wire }) => wire.sever(),
    undo: ({ wire }) => wire.mend(),
    argv: () => ['desa', 'install', KLIRONG],
    elsewhere: () => ({ databasePort: NOBODY }),
    rest: () => ({ operation: 'desa.list', call: {} }),
    ...{ exit: 3, status: 503, code: 'database_down', problem: null, field: null },
  },
  {
    what: 'the engine is down, when a log is asked for',
    argv: () => ['desa', 'logs', KLIRONG, 'opensid'],
    elsewhere: () => ({ dockerHost: `tcp://127.0.0.1:${NOBODY}` }),
    rest: null,
    ...{ exit: 3, code: 'provision_unreachable', problem: null, field: null },
  },
  up('the engine is down', { code: 'engine_not_answering', problem: null }, fresh),
  up('the database of others is down', { code: 'database_down', problem: 'database_url_silent' }, (ground) => ({
    ...{ ...fresh(ground), databasePort: NOBODY },
  })),
  up('the Redis of others is down', { code: 'redis_down', problem: 'redis_url_silent' }, (ground) => ({
    ...{ ...fresh(ground), redisUrl: `redis://127.0.0.1:${NOBODY}/0` },
  })),
  taken('another program has the port for HTTP', 'httpPort'),
  taken('another program has the port for HTTPS', 'httpsPort'),
  taken('another program has the port of the dashboard', 'dashboardPort'),
];
