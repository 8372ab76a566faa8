import { randomBytes } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { serviceNetwork, tenantUser } from '../domain/names';
import { isActive, type Deployment } from '../domain/deployment';
import { done, type StepContext, type StepHandler } from '../rollouts/handler';
import { followUpOf } from '../rollouts/ledger';
import { StepError } from '../rollouts/step-error';
import { ensureSecrets, instanceContext, sharedDatabase } from './context';
import { loadRelease, loadSubject, type Subject } from './subject';
import { mustSucceed, runTask } from './tasks';
import type { World } from './world';

/** Two connections a request and four children a container, twice while old and new stand side by side, and the API beside it. */
const CONNECTIONS_PER_DESA = 40;
const passwordContext = (kode: string): string => `desa:${kode}:first_password`;

export const ensureTenantUser = (world: World): StepHandler<'ensure_tenant_user'> => ({
  timeoutMs: 60_000,
  async apply(step) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const database = await sharedDatabase(world, subject.desa.databaseId);
    const secrets = await ensureSecrets(world, subject);
    const name = tenantUser(subject.desa.kode);
    await world.databaseServer.ensureUser({
      name,
      password: secrets['database'] ?? '',
      schema: database.schemaName,
      grant: 'dml',
      maxConnections: CONNECTIONS_PER_DESA,
    });
    return done({ user: name }, async (stores) => {
      await stores.instances.update(subject.instance.id, { dbUser: name });
      return undefined;
    });
  },
});

const ownerContextOf = (world: World, subject: Subject, version: string): ReturnType<typeof instanceContext> =>
  instanceContext(world, subject, {
    version,
    host: subject.desa.host,
    network: serviceNetwork({ installation: world.installation.name }),
    withOwner: 'with_owner',
  });

/** The tenant's row, by a one-shot of the release as schema owner; one at a time per database. */
export const provisionTenant = (world: World): StepHandler<'provision_tenant'> => ({
  timeoutMs: 15 * 60_000,
  async apply(step, { releaseId }) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const release = await loadRelease(world, releaseId);
    const context = await ownerContextOf(world, subject, release.version);
    const task = subject.app.tasks.provision?.(context);
    if (task === undefined) return done({});
    const facts = mustSucceed(
      await runTask(world, step, { name: 'provision', subject, release, context, task }),
      'provision',
    );
    const tenantId = typeof facts['tenantId'] === 'number' ? facts['tenantId'] : null;
    if (tenantId === null) throw new StepError('provision_failed', { ...facts, cause: 'not_paired' });
    return done({ tenantId }, async (stores) => {
      await stores.desa.update(subject.desa.kode, { tenantId });
      return undefined;
    });
  },
});

/** Opens when a follow-up migration that began after this tenant was made has succeeded: one for all of the run. */
export const awaitFollowUp = (world: World): StepHandler<'await_follow_up'> => ({
  timeoutMs: 30_000,
  async apply(step) {
    const { rolloutId } = step.deployment;
    const covering = await followUpsOf(world, step);
    if (covering.some((one) => one.state === 'succeeded')) return done({});
    const failed = covering.find((one) => !isActive(one.state));
    if (failed) throw new StepError('follow_up_failed', failed.reason?.params ?? {});
    return {
      kind: 'wait',
      ms: 60_000,
      waitingFor: followUpOf(rolloutId),
      isOver: async () => (await followUpsOf(world, step)).some((one) => !isActive(one.state)),
    };
  },
});
/** Follow-ups of this run that began after this tenant was made: only those know it. */
const followUpsOf = async (world: World, step: StepContext): Promise<readonly Deployment[]> => {
  const { read } = world.transact;
  const subject = await loadSubject(world, step.deployment.subjectId);
  const steps = await read.steps.list(step.deployment.id);
  const provisioned = steps.find((one) => one.kind === 'provision_tenant')?.endedAt ?? null;
  return (await read.deployments.ofRollout(step.deployment.rolloutId)).filter(
    (one) =>
      one.kind === 'follow_up' &&
      one.subjectId === subject.desa.databaseId &&
      (provisioned === null || (one.startedAt !== null && one.startedAt >= provisioned)),
  );
};

/** Random first password, tracker off, zone: before the route exists, so the vendor's default never answers. */
export const tenantDefaults = (world: World): StepHandler<'tenant_defaults'> => ({
  timeoutMs: 60_000,
  async apply(step) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const database = await sharedDatabase(world, subject.desa.databaseId);
    const context = await ownerContextOf(world, subject, '');
    const password = await firstPassword(world, subject);
    const adminPasswordHash = await bcrypt.hash(password, 10);
    const statements =
      subject.app.afterProvision?.({ ...context, tenantId: subject.desa.tenantId, adminPasswordHash }) ?? [];
    for (const { sql, values } of statements) await world.databaseServer.query(database.schemaName, sql, values);
    return done({ statements: statements.length }, async (stores) => {
      await stores.desa.update(subject.desa.kode, {
        firstPassword: world.box.encrypt(password, passwordContext(subject.desa.kode)),
      });
      return undefined;
    });
  },
});

/** 16 characters with every class OpenSID asks for. A retry keeps the one that was made before. */
const firstPassword = async (world: World, subject: Subject): Promise<string> => {
  const known = subject.desa.firstPassword;
  const password =
    known === null
      ? `${randomBytes(9).toString('base64url').replaceAll(/[-_]/g, 'x')}Aa7!`
      : world.box.decrypt(known, passwordContext(subject.desa.kode)).reveal();
  world.rememberSecret(password);
  return password;
};

/** Rows and user gone; every row was archived before. */
export const removeTenant = (world: World): StepHandler<'remove_tenant'> => ({
  timeoutMs: 30 * 60_000,
  async apply(step: StepContext) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const database = await sharedDatabase(world, subject.desa.databaseId);
    const { tenantId } = subject.desa;
    if (tenantId === 1) throw new StepError('template_tenant', {});
    await world.databaseServer.dropUser(tenantUser(subject.desa.kode));
    const removed =
      tenantId === null || subject.app.tenantRows === undefined
        ? []
        : await world.databaseServer.deleteTenant(database.schemaName, subject.app.tenantRows(tenantId));
    // A try after another one finds only what that left: the number is what happened now, not what the step gives.
    for (const { table, rows } of removed) if (rows > 0) step.log(`${table}: -${rows}`);
    return done({}, async (stores) => {
      await stores.desa.update(subject.desa.kode, { tenantId: null });
      return undefined;
    });
  },
});
