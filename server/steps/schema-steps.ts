import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { ulid } from 'ulid';
import {
  LABEL,
  type AppAdapter,
  type InstanceContext,
  type TaskVerdict,
  type Wilayah,
} from '../../provisioners/contracts';
import { addressIn, DATABASE_HOST_NUMBER, serviceNetwork, SHARED_OWNER } from '../domain/names';
import { compareVersions, type Release } from '../domain/release';
import { done, type StepContext, type StepHandler } from '../rollouts/handler';
import { StepError } from '../rollouts/step-error';
import type { SharedDatabase } from '../stores/database-store';
import { contextSettings, ownerPassword, sharedDatabase } from './context';
import { proveMigration } from './schema-proof';
import { ensureNetworkOf, seedsOf, templateVolume } from './storage-steps';
import { loadRelease, releaseBefore, type Subject } from './subject';
import { mustSucceed, runTask } from './tasks';
import type { World } from './world';

/** The template tenant stands for the whole schema: migrations run in its name, it is never routed. */
interface SchemaWork {
  readonly database: SharedDatabase;
  readonly app: AppAdapter;
  readonly subject: Subject;
  readonly context: (version: string) => InstanceContext;
}
const templateKeyContext = (name: string): string => `database:${name}:template_app_key`;

const ensureTemplateKey = async (world: World, database: SharedDatabase): Promise<string> =>
  world.transact.run(async (stores) => {
    await stores.knex('databases').where({ id: database.id }).forUpdate().select('id');
    const known = (await stores.databases.find(database.id))?.templateAppKey ?? null;
    const context = templateKeyContext(database.name);
    const key =
      known === null ? `base64:${randomBytes(32).toString('base64')}` : world.box.decrypt(known, context).reveal();
    if (known === null) await stores.databases.update(database.id, { templateAppKey: world.box.encrypt(key, context) });
    world.rememberSecret(key);
    return key;
  });

const schemaWork = async (world: World, databaseId: string): Promise<SchemaWork> => {
  const database = await sharedDatabase(world, databaseId);
  const app = world.apps.get(database.app);
  const template = app?.template;
  if (app === undefined || template === undefined) throw new StepError('app_unknown', { app: database.app });
  const network = serviceNetwork({ installation: world.installation.name });
  const subnet = await ensureNetworkOf(world, network);
  const password = ownerPassword(world, database);
  const key = await ensureTemplateKey(world, database);
  const settings = await contextSettings(world, await world.settings(), template);
  const owner = { user: SHARED_OWNER, password };
  return {
    database,
    app,
    subject: templateSubject(app, database),
    context: (version) => ({
      instanceId: database.id,
      app: app.name,
      wilayah: template,
      version,
      hosts: ['templat.invalid'],
      publicUrl: 'https://templat.invalid',
      siteUrl: 'https://templat.invalid',
      proxyAddress: addressIn(subnet, 2),
      database: {
        host: addressIn(subnet, DATABASE_HOST_NUMBER),
        port: world.databaseServer.endpoint.port,
        schema: database.schemaName,
        ...owner,
      },
      owner,
      identityKey: randomBytes(32).toString('hex'),
      secrets: {},
      shared: { app_key: key, token: '' },
      settings,
    }),
  };
};
const templateDesa = (wilayah: Wilayah, database: SharedDatabase): Subject['desa'] => ({
  kode: wilayah.kode,
  kecamatanKode: wilayah.kecamatan.kode,
  nama: wilayah.nama,
  jenis: wilayah.jenis,
  host: 'templat.invalid',
  oldHosts: [],
  databaseId: database.id,
  network: '',
  appKey: null,
  firstPassword: null,
  firstPasswordShownAt: null,
  tenantId: 1,
  archivedAt: null,
});
/** Never stored, never routed: only what a one-shot needs. */
const templateInstance = (app: AppAdapter, kode: string, database: SharedDatabase): Subject['instance'] => ({
  id: database.id,
  wilayahKode: kode,
  serverId: '',
  databaseId: database.id,
  app: app.name,
  wanted: 'running',
  releaseId: null,
  slot: null,
  container: null,
  addressA: null,
  addressB: null,
  network: null,
  networkIndex: null,
  routeMode: 'none',
  hosts: [],
  schemaName: database.schemaName,
  dbUser: null,
  secrets: null,
  observed: 'unknown',
  observedRelease: null,
  observedReason: null,
  observedAt: null,
  observedSince: null,
  deepObservedAt: null,
});
const templateSubject = (app: AppAdapter, database: SharedDatabase): Subject => {
  const wilayah = app.template;
  if (wilayah === undefined) throw new StepError('app_unknown', { app: app.name });
  const instance = templateInstance(app, wilayah.kode, database);
  return { app, wilayah, desa: templateDesa(wilayah, database), instance };
};

const run = async (
  world: World,
  step: StepContext,
  work: SchemaWork,
  release: Release,
  name: 'provision' | 'migrate' | 'followUp',
): Promise<Readonly<Record<string, string | number | boolean | null>>> => {
  const context = work.context(release.version);
  const task = work.app.tasks[name]?.(context);
  if (task === undefined) return {};
  const verdict = await runTask(world, step, { name, subject: work.subject, release, context, task });
  return mustSucceed(verdict, name === 'provision' ? 'provision' : 'migration');
};
const guard = async (world: World, work: SchemaWork): Promise<string> => {
  for (const statement of work.app.guards?.() ?? [])
    await world.databaseServer.query(work.database.schemaName, statement, []);
  return world.databaseServer.fingerprint(work.database.schemaName);
};

const prove = async (
  world: World,
  { app, database }: SchemaWork,
  release: Release,
  before: Release | null,
): Promise<TaskVerdict['facts']> =>
  mustSucceed(await proveMigration(world, { app, schema: database.schemaName, release, before }), 'migration');

/** First install: schema, owner, template tenant, migration, guards. Idempotent; nothing of it is ever exposed. */
export const prepareSchema = (world: World): StepHandler<'prepare_schema'> => ({
  timeoutMs: 30 * 60_000,
  async check(step) {
    const database = await sharedDatabase(world, step.deployment.subjectId);
    return database.schemaReleaseId === null ? null : { schema: database.schemaName };
  },
  async apply(step, { releaseId }) {
    const work = await schemaWork(world, step.deployment.subjectId);
    const release = await loadRelease(world, releaseId);
    await world.ensureReleaseImage(release, step.log, step.signal);
    await world.databaseServer.ensureSchema(work.database.schemaName);
    await world.databaseServer.ensureUser({
      name: SHARED_OWNER,
      password: ownerPassword(world, work.database),
      schema: work.database.schemaName,
      grant: 'owner',
    });
    await ensureTemplateStorage(world, work);
    await run(world, step, work, release, 'provision');
    const facts = await run(world, step, work, release, 'migrate');
    const fingerprint = await guard(world, work);
    const proof = await prove(world, work, release, null);
    return done({ ...facts, ...proof, fingerprint }, async (stores) => {
      await stores.databases.update(work.database.id, { schemaReleaseId: release.id, fingerprint });
      return undefined;
    });
  },
});
const ensureTemplateStorage = async (world: World, work: SchemaWork): Promise<void> => {
  const labels = { [LABEL.role]: 'volume', [LABEL.app]: work.app.name, [LABEL.kode]: '0000000000' };
  for (const volume of work.app.volumes)
    await world.session.ensureVolume({ name: templateVolume(world, work.app.name, volume.key), labels });
  await world.session.putFiles(
    work.app.volumes.map((volume) => ({
      type: 'volume',
      source: templateVolume(world, work.app.name, volume.key),
      target: `/benih/${volume.key}`,
      readOnly: false,
    })),
    seedsOf(work, work.app.seedFiles(work.context(''))),
  );
};

/** No migration without a verified dump. */
export const dumpSchema = (world: World): StepHandler<'dump_schema'> => ({
  timeoutMs: 4 * 60 * 60_000,
  async apply(step) {
    const database = await sharedDatabase(world, step.deployment.subjectId);
    const file = path.join(world.folders.dumps, `${database.schemaName}-${step.deployment.id}.sql.gz`);
    const dump = await world.databaseServer.dump(database.schemaName, file, step.signal);
    return done(
      { file, bytes: dump.bytes, tables: dump.tables, seconds: dump.seconds, verified: dump.verified },
      async (stores) => {
        await stores.dumps.create({
          id: ulid(),
          schemaName: database.schemaName,
          deploymentId: step.deployment.id,
          path: file,
          bytes: dump.bytes,
          sha256: dump.sha256,
          tables: dump.tables,
        });
        return undefined;
      },
    );
  },
});

/** Desa of this schema that still run code older than the schema's release: one migration more would be one too many. */
const laggards = async (world: World, database: SharedDatabase): Promise<readonly string[]> => {
  const { read } = world.transact;
  const current = database.schemaReleaseId === null ? null : await read.releases.find(database.schemaReleaseId);
  if (current === null) return [];
  const instances = (await read.instances.all()).filter(
    (one) =>
      one.databaseId === database.id && one.app === database.app && one.releaseId !== null && one.container !== null,
  );
  const releases = new Map((await read.releases.list()).map((one) => [one.id, one.version] as const));
  const late = instances.filter(
    (one) => compareVersions(releases.get(one.releaseId ?? '') ?? '0', current.version) < 0,
  );
  // The same rule as the plan's: a release that took hold nowhere keeps nobody from the one that mends it.
  return late.length === instances.length ? [] : late.map((one) => one.wilayahKode);
};

/** Once, by the owner, before any desa gets new code. The old containers keep serving on the new structure. */
export const migrateSchema = (world: World): StepHandler<'migrate_schema'> => ({
  timeoutMs: 4 * 60 * 60_000,
  async check(step, { releaseId }) {
    const database = await sharedDatabase(world, step.deployment.subjectId);
    return database.schemaReleaseId === releaseId ? { schema: database.schemaName } : null;
  },
  async apply(step, { releaseId }) {
    const work = await schemaWork(world, step.deployment.subjectId);
    const release = await loadRelease(world, releaseId);
    const behind = await laggards(world, work.database);
    if (behind.length > 0) throw new StepError('desa_behind', { count: behind.length, first: behind[0] ?? '' });
    await world.ensureReleaseImage(release, step.log, step.signal);
    const before = await world.databaseServer.fingerprint(work.database.schemaName);
    const facts = await run(world, step, work, release, 'migrate');
    const fingerprint = await guard(world, work);
    const proof = await prove(world, work, release, await releaseBefore(world, work.database.schemaReleaseId));
    return done({ ...facts, ...proof, before, fingerprint }, async (stores) => {
      await stores.databases.update(work.database.id, { schemaReleaseId: release.id, fingerprint });
      return undefined;
    });
  },
});

/** Settings and menus that provisioning leaves out, once for all desa installed together. */
export const followUpSchema = (world: World): StepHandler<'follow_up_schema'> => ({
  timeoutMs: 4 * 60 * 60_000,
  async apply(step, { releaseId }) {
    const work = await schemaWork(world, step.deployment.subjectId);
    const release = await loadRelease(world, releaseId);
    const facts = await run(world, step, work, release, 'followUp');
    const fingerprint = await guard(world, work);
    return done({ ...facts, fingerprint }, async (stores) => {
      await stores.databases.update(work.database.id, { fingerprint });
      return undefined;
    });
  },
});
