import path from 'node:path';
import { ulid } from 'ulid';
import type { TaskVerdict } from '../../provisioners/contracts';
import { ownOwner, ownSchema, ownUser, serviceNetwork } from '../domain/names';
import { done, type StepHandler } from '../rollouts/handler';
import { StepError } from '../rollouts/step-error';
import { ensureSecrets, instanceContext } from './context';
import { containerOf } from './release-steps';
import { proveMigration } from './schema-proof';
import { loadRelease, loadSubject, releaseBefore } from './subject';
import { mustSucceed, runTask } from './tasks';
import type { World } from './world';

/** Two connections a request and four children a container, twice while old and new stand side by side, and the API beside it. */
const CONNECTIONS_PER_DESA = 40;

/** One schema per desa with a DML user for serving and an owner for migrations. */
export const ensureOwnSchema = (world: World): StepHandler<'ensure_own_schema'> => ({
  timeoutMs: 60_000,
  async apply(step) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const schema = ownSchema(subject.app.name, subject.desa.kode);
    const secrets = await ensureSecrets(world, subject);
    const user = ownUser(subject.app.name, subject.desa.kode);
    await world.databaseServer.ensureSchema(schema, 'utf8mb4');
    await world.databaseServer.ensureUser({
      name: user,
      password: secrets['database'] ?? '',
      schema,
      grant: 'dml',
      maxConnections: CONNECTIONS_PER_DESA,
    });
    await world.databaseServer.ensureUser({
      name: ownOwner(subject.app.name, subject.desa.kode),
      password: secrets['owner'] ?? '',
      schema,
      grant: 'owner',
    });
    return done({ schema }, async (stores) => {
      await stores.instances.update(subject.instance.id, { schemaName: schema, dbUser: user });
      return undefined;
    });
  },
});

/** Planned 503 with Retry-After while the own schema changes; counted apart from failures. */
export const holdTraffic = (world: World): StepHandler<'hold_traffic'> => ({
  timeoutMs: 60_000,
  async apply(step) {
    await step.write((stores) => stores.instances.update(step.deployment.subjectId, { routeMode: 'held' }));
    await world.routes.sync();
    return done({});
  },
  async undo(step) {
    const instance = await world.transact.read.instances.find(step.deployment.subjectId);
    const routeMode = instance?.container == null ? 'none' : 'open';
    if (instance?.routeMode === 'held')
      await step.write((stores) => stores.instances.update(step.deployment.subjectId, { routeMode }));
    await world.routes.sync();
  },
});

const schemaOf = (subject: { readonly instance: { readonly schemaName: string | null } }): string => {
  if (subject.instance.schemaName === null) throw new StepError('schema_missing', {});
  return subject.instance.schemaName;
};

export const dumpOwn = (world: World): StepHandler<'dump_own'> => ({
  timeoutMs: 60 * 60_000,
  async apply(step) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const schema = schemaOf(subject);
    const file = path.join(world.folders.dumps, `${schema}-${step.deployment.id}.sql.gz`);
    const dump = await world.databaseServer.dump(schema, file, step.signal);
    return done({ file, bytes: dump.bytes, seconds: dump.seconds }, async (stores) => {
      await stores.dumps.create({
        id: ulid(),
        schemaName: schema,
        deploymentId: step.deployment.id,
        path: file,
        bytes: dump.bytes,
        sha256: dump.sha256,
        tables: dump.tables,
      });
      return undefined;
    });
  },
});

/** Fills or migrates the own schema as its owner. Undo loads the dump made just before. */
export const migrateOwn = (world: World): StepHandler<'migrate_own'> => ({
  timeoutMs: 60 * 60_000,
  async apply(step, { releaseId }) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const release = await loadRelease(world, releaseId);
    const network = serviceNetwork({ installation: world.installation.name });
    const context = await instanceContext(world, subject, {
      version: release.version,
      host: subject.desa.host,
      network,
      withOwner: 'with_owner',
    });
    const name =
      step.outputs.dump_own === undefined && subject.app.tasks.provision !== undefined ? 'provision' : 'migrate';
    const task = (name === 'provision' ? subject.app.tasks.provision : subject.app.tasks.migrate)?.(context);
    if (task === undefined) return done({});
    const must = (verdict: TaskVerdict): TaskVerdict['facts'] =>
      name === 'provision' ? mustSucceed(verdict, 'provision') : mustSucceed(verdict, 'own_migration');
    const facts = must(await runTask(world, step, { name, subject, release, context, task }));
    const before = await releaseBefore(world, step.deployment.fromReleaseId);
    const proof = await proveMigration(world, { app: subject.app, schema: schemaOf(subject), release, before });
    return done({ ...facts, ...must(proof) });
  },
  async undo(step) {
    const file = step.outputs.dump_own?.['file'];
    if (typeof file !== 'string') return;
    const subject = await loadSubject(world, step.deployment.subjectId);
    // Traffic could not be taken back from the new release: it needs the structure it has.
    if (subject.instance.container === containerOf(world, subject, step.deployment)) return;
    await world.databaseServer.restore(schemaOf(subject), file, step.signal);
  },
});

export const removeOwnSchema = (world: World): StepHandler<'remove_own_schema'> => ({
  timeoutMs: 10 * 60_000,
  async apply(step) {
    const { app, desa, instance } = await loadSubject(world, step.deployment.subjectId);
    await world.databaseServer.dropUser(ownUser(app.name, desa.kode));
    await world.databaseServer.dropUser(ownOwner(app.name, desa.kode));
    if (instance.schemaName !== null) await world.databaseServer.dropSchema(instance.schemaName);
    return done({ schema: instance.schemaName });
  },
});
