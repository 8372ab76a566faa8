import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { LABEL } from '../../provisioners/contracts';
import { TERMINAL } from '../../server/domain/actor';
import { isRolloutActive } from '../../server/domain/rollout';
import { mariadbContainer, redisContainer } from '../../server/domain/names';
import { CONTROL_SCHEMA, mariadbSocket, partSecret } from '../../server/parts/addresses';
import { readPlan } from '../../server/parts/part-spec';
import { partsStatus } from '../../server/supervisor';
import { layTree } from '../faults/lay-tree';
import { openRealInstallation, REAL_KODES, type RealInstallation } from '../faults/real-installation';
import { docker } from '../helpers/e2e-world';
import { DOMAIN, SCHEMA } from '../helpers/e2e-installation';
import type { Operation } from './cell';
import { IMPORTED, patiently } from './field';
import { layHooks, otherPid, type RealHooks } from './real-hooks';
import { isOfDesa, realPicture } from './real-picture';

const [KODE] = REAL_KODES;
const MOVED = `pindah.kec-klirong.${DOMAIN}`;
const HOSTS = [`klirong.kec-klirong.${DOMAIN}`, MOVED];
const OLD = { opensid: '2409.0.0', api: '2409.0.0', pbb: '2409.0.0' };
const NEW = { opensid: '2410.0.0', api: '2410.0.0', pbb: '2410.0.0' };
const SOAK_SECONDS = 2;

/** An installation of its own whose workers stop where they are told to; one desa lives and goes in it again and again. */
export interface RealField {
  readonly real: RealInstallation;
  readonly hooks: RealHooks;
  pidOf(part: 'web' | 'worker'): Promise<number | null>;
  /** Another worker beside the installation's own; ends it. */
  beside(): { readonly pid: number; end(): void };
  /** SIGKILL for the first process of a service's container, as a crash; the engine starts it again. */
  crash(service: 'mariadb' | 'redis'): Promise<void>;
  flush(): Promise<void>;
  ask(operation: Operation): Promise<() => Promise<string | null>>;
  progress(): Promise<string>;
  picture(): Promise<Readonly<Record<string, unknown>>>;
  reset(): Promise<void>;
  close(): Promise<void>;
}

const RENEWED = [
  ...['rollout_members', 'rollouts', 'deployment_steps', 'deployments', 'step_log', 'dumps', 'archives'],
  ...['instances', 'desa', 'tokens'],
];
/** As before the first desa: nothing of it in rows, schemas, accounts, volumes and archives, also when its life broke off. */
const renew = async ({ control, session, installation }: RealInstallation, root: Pool): Promise<void> => {
  const [known] = await root.query<RowDataPacket[]>(`SHOW TABLES FROM ${CONTROL_SCHEMA}`);
  const names = known.map((one) => String(Object.values(one)[0]));
  const connection = await root.getConnection();
  await connection.query('SET FOREIGN_KEY_CHECKS = 0');
  for (const table of RENEWED.filter((one) => names.includes(one)))
    await connection.query(`DELETE FROM ${CONTROL_SCHEMA}.${table}`);
  await connection.query('SET FOREIGN_KEY_CHECKS = 1');
  connection.release();
  await root.query(`UPDATE ${CONTROL_SCHEMA}.\`databases\` SET schema_release_id = NULL, fingerprint = NULL`);
  await root.query(`DROP DATABASE IF EXISTS \`${SCHEMA}\``);
  for (const one of await session.find({ 'id.siappakai.role': 'village' })) {
    await session.stop(one.name, 1);
    await session.remove(one.name);
  }
  const { Volumes: volumes } = await docker.listVolumes({
    filters: { label: [`${LABEL.installation}=${installation.config.id}`] },
  });
  for (const { Name: name } of volumes.filter(isOfDesa)) await session.removeVolume(name);
  const [schemas] = await root.query<RowDataPacket[]>("SHOW DATABASES LIKE 'pbb\\_%'");
  for (const one of schemas) await root.query(`DROP DATABASE \`${String(Object.values(one)[0])}\``);
  const [accounts] = await root.query<RowDataPacket[]>(
    "SELECT User AS u, Host AS h FROM mysql.user WHERE User REGEXP '^(desa_|sp_pbb)'",
  );
  for (const { u, h } of accounts) await root.query(`DROP USER '${String(u)}'@'${String(h)}'`);
  const imported = (await control.transact.read.releases.list()).find((one) => one.version === IMPORTED);
  if (imported === undefined) return;
  await control.services.releases.remove(TERMINAL, imported.id);
  while ((await control.transact.read.releases.find(imported.id)) !== null) await sleep(200);
};

const request = (operation: Exclude<Operation, 'import'>) => {
  const own = { kind: operation, kodes: [KODE], apps: [], releases: {}, hosts: {} };
  if (operation === 'install') return { ...own, releases: OLD };
  if (operation === 'update') return { ...own, releases: NEW };
  return operation === 'domain' ? { ...own, hosts: { [KODE]: MOVED } } : own;
};
const askRelease = async ({ control }: RealInstallation, location: string) => {
  const { read } = control.transact;
  const asked = { app: 'opensid', location, tag: null, channel: null, credential: null };
  const id = await control.services.releases.import(TERMINAL, asked);
  return async () => {
    const state = (await read.releases.find(id))?.state ?? 'gone';
    return ['ready', 'refused', 'gone'].includes(state) ? state : null;
  };
};
const askRollout = async ({ control }: RealInstallation, operation: Exclude<Operation, 'import'>) => {
  const { read } = control.transact;
  const { rolloutId } = await control.services.rollouts.start(TERMINAL, request(operation), null);
  return async () => {
    const { state } = (await read.rollouts.find(rolloutId)) ?? { state: 'failed' as const };
    if (isRolloutActive(state)) return null;
    const [busy] = (await control.db('deployments').whereNotNull('active_subject').limit(1)) as unknown[];
    return busy === undefined ? state : null;
  };
};
const progressOf = async ({ control: { db } }: RealInstallation): Promise<string> =>
  JSON.stringify([
    await db('deployments').orderBy('id').select('id', 'state', 'lease_epoch', 'position'),
    await db('deployment_steps').orderBy(['deployment_id', 'position']).select('state', 'attempt'),
    await db('releases').orderBy('id').select('state', 'image'),
    await db('rollouts').orderBy('id').select('state', 'stage'),
  ]);

const spawnBeside = ({ installation: { config } }: RealInstallation): ReturnType<RealField['beside']> => {
  const spec = readPlan(config)?.parts.find((one) => one.name === 'worker');
  const [program = '', ...argv] = (spec?.argv ?? []).slice(0, -2);
  const child = spawn(program, argv, { cwd: '/', env: spec?.env ?? {}, stdio: 'ignore' });
  return { pid: child.pid ?? -1, end: () => void child.kill('SIGKILL') };
};

/** Brings the releases in, lays the hooks, and waits for a worker that has them. */
export const openRealField = async (say: (line: string) => void): Promise<RealField> => {
  const began = performance.now();
  const real = await openRealInstallation(SOAK_SECONDS);
  const { config } = real.installation;
  const password = partSecret(config, 'mariadbRoot');
  const root = createPool({ socketPath: mariadbSocket(config), user: 'root', password, connectionLimit: 4 });
  const pidOf: RealField['pidOf'] = async (part) =>
    (await partsStatus(config)).find((one) => one.name === part)?.pid ?? null;
  const close = async (): Promise<void> => {
    await root.end().catch(() => undefined);
    await real.close();
  };
  try {
    for (const app of ['opensid', 'api', 'pbb'] as const)
      for (const { [app]: version } of [OLD, NEW])
        await real.bring({ app, version, habit: { from: version as '2409.0.0' }, schema: '' });
    const folder = path.join(path.dirname(real.installation.root), 'releases');
    const tree = await layTree(folder, { app: 'opensid', version: IMPORTED, habit: {}, schema: '' });
    const hooks = layHooks(real.installation.root);
    const before = await pidOf('worker');
    if (before !== null) process.kill(before, 'SIGKILL');
    await otherPid(() => pidOf('worker'), before);
    say(`real world up: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const names = { installation: config.name };
    const service = { mariadb: mariadbContainer(names), redis: redisContainer(names) };
    return {
      ...{ real, hooks, pidOf, close },
      beside: () => spawnBeside(real),
      async crash(which) {
        const { State } = await docker.getContainer(service[which]).inspect();
        process.kill(State.Pid, 'SIGKILL');
      },
      async flush() {
        await real.control.redis.flushall();
      },
      async ask(operation) {
        const isOver = operation === 'import' ? await askRelease(real, tree) : await askRollout(real, operation);
        return () => patiently(isOver);
      },
      progress: () => patiently(() => progressOf(real)),
      picture: () => patiently(() => realPicture(real, root, HOSTS)),
      reset: () => patiently(() => renew(real, root)),
    };
  } catch (error) {
    await close();
    throw error;
  }
};
