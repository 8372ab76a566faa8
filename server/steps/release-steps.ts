import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, LABEL, ProvisionError } from '../../provisioners/contracts';
import type { Deployment } from '../domain/deployment';
import { configVolume, containerName } from '../domain/names';
import type { Slot, StepOutput } from '../domain/step';
import { done, type StepHandler } from '../rollouts/handler';
import { StepError } from '../rollouts/step-error';
import { ensureSecrets, instanceContext } from './context';
import { fillConfig, labelsOf, workloadOf } from './parts';
import { judgeIdentity, proofOf, provePage } from './proof';
import type { PublicProbe } from './public-probe';
import { loadRelease, loadSubject, type Subject } from './subject';
import { imageOf } from './tasks';
import type { World } from './world';

export const containerOf = (world: World, subject: Subject, deployment: Pick<Deployment, 'id'>): string =>
  containerName({ installation: world.installation.name }, subject.app.name, subject.desa.kode, deployment.id);

export const ensureImage = (world: World): StepHandler<'ensure_image'> => ({
  timeoutMs: 20 * 60_000,
  async apply(step, { releaseId }) {
    const image = await world.ensureReleaseImage(await loadRelease(world, releaseId), step.log, step.signal);
    return done({ image });
  },
});

const previousOf = (subject: Subject): StepOutput => ({
  previousContainer: subject.instance.container,
  previousSlot: subject.instance.slot,
  previousRelease: subject.instance.releaseId,
  previousMode: subject.instance.routeMode,
  previousHost: subject.desa.host,
});

/** A config volume of its own for every deployment: the old container keeps the old configuration. */
export const putFiles = (world: World): StepHandler<'put_files'> => ({
  timeoutMs: 120_000,
  async apply(step, { releaseId, host }) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const release = await loadRelease(world, releaseId);
    const container = containerOf(world, subject, step.deployment);
    const context = await instanceContext(world, subject, {
      version: release.version,
      host,
      network: subject.desa.network,
      withOwner: 'without_owner',
    });
    await fillConfig(
      world,
      configVolume(container),
      labelsOf(subject, 'volume', { [LABEL.deployment]: step.deployment.id }),
      subject.app.files(context),
    );
    return done({ container, ...previousOf(subject) });
  },
  async undo(step) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    await world.session.removeVolume(configVolume(containerOf(world, subject, step.deployment)));
  },
});

export const addressOf = (subject: Subject, slot: Slot): string => {
  const address = slot === 'a' ? subject.instance.addressA : subject.instance.addressB;
  if (address === null) throw new StepError('address_missing', {});
  return address;
};

/** The new release beside the old one, on the other fixed address. */
export const startRelease = (world: World): StepHandler<'start_release'> => ({
  timeoutMs: 120_000,
  async apply(step, { releaseId, slot }) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const release = await loadRelease(world, releaseId);
    const name = containerOf(world, subject, step.deployment);
    const spec = await workloadOf(world, subject, {
      name,
      image: imageOf(release),
      role: 'village',
      network: subject.desa.network,
      address: addressOf(subject, slot),
      labels: { [LABEL.deployment]: step.deployment.id, [LABEL.release]: release.version },
    });
    const facts = await world.session.ensureWorkload(spec);
    return done({ container: name, id: facts.id });
  },
  async undo(step) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const name = containerOf(world, subject, step.deployment);
    await world.session.stop(name, 10);
    await world.session.remove(name);
  },
});

const HEALTHY_WITHIN_MS = 90_000;
/** Private probe: asks the new container itself at its own address, before any citizen can reach it. */
export const awaitHealthy = (world: World): StepHandler<'await_healthy'> => ({
  timeoutMs: HEALTHY_WITHIN_MS + 30_000,
  async apply(step, { releaseId, slot, host }) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const release = await loadRelease(world, releaseId);
    const key = (await ensureSecrets(world, subject))['identity'] ?? '';
    const wanted = { address: addressOf(subject, slot), host, key, kode: subject.desa.kode, version: release.version };
    // A start after a stop waits for the container that serves.
    const beside = step.outputs.put_files !== undefined;
    const container = beside ? containerOf(world, subject, step.deployment) : (subject.instance.container ?? '');
    const page = await privatePage(world, subject, wanted);
    const started = performance.now();
    for (let last = ''; ;) {
      const problem =
        (await containerProblem(world, container)) ?? (await identityProblem(world, wanted)) ?? (await page());
      if (problem === null) return done({ seconds: (performance.now() - started) / 1000 });
      if (problem.final || performance.now() - started > HEALTHY_WITHIN_MS) throw problem.error;
      if (last !== problem.error.reason.code)
        step.log(`${container}: ${problem.error.reason.code} ${JSON.stringify(problem.error.reason.params)}`);
      last = problem.error.reason.code;
      await sleep(Math.min(1000, 100 + (performance.now() - started) / 10), undefined, { signal: step.signal });
    }
  },
});

interface Problem {
  readonly final: boolean;
  readonly error: StepError;
}
const REMOVED_WITHIN_MS = 500;
const containerProblem = async (world: World, container: string): Promise<Problem | null> => {
  const facts = await world.session.inspect(container);
  if (facts === null) return { final: true, error: new StepError('container_gone', { container }) };
  if (facts.oomKilled) return { final: true, error: new StepError('out_of_memory', { container }) };
  if (facts.state === 'running' || facts.state === 'created') return null;
  // Who is being removed by somebody ends first: what is true is seen a moment later.
  await sleep(REMOVED_WITHIN_MS);
  if ((await world.session.inspect(container)) === null)
    return { final: true, error: new StepError('container_gone', { container }) };
  return {
    final: facts.state !== 'restarting',
    error: new StepError('container_exited', { container, exitCode: facts.exitCode }),
  };
};
interface Wanted {
  readonly address: string;
  readonly host: string;
  readonly key: string;
  readonly kode: string;
  readonly version: string;
}
/** Another code or another version will not get better by waiting; a start that takes its time will. */
const identityProblem = async (world: World, wanted: Wanted): Promise<Problem | null> => {
  const answer = await world.privateGet({
    address: wanted.address,
    host: wanted.host,
    path: '/siappakai/sehat',
    headers: { 'x-siappakai-key': wanted.key },
  });
  const { reason } = judgeIdentity(answer.status, answer.body, wanted, answer.ms);
  if (reason === null) return null;
  return {
    final: (answer.status === 200 && reason.code !== 'identity_unreadable') || isStranger(answer.status, reason.code),
    error: new StepError(reason.code, reason.params),
  };
};

/** It says itself that it holds another desa's data. */
const isStranger = (status: number, code: string): boolean => status === 503 && code === 'wrong_identity';

const PAGE_TRIES = 5;
/** The page citizens would get, asked of the new container alone: what it does wrong is seen before anybody meets it. */
const privatePage = async (world: World, subject: Subject, wanted: Wanted): Promise<() => Promise<Problem | null>> => {
  const { app, desa } = subject;
  const { version, host, address } = wanted;
  const context = await instanceContext(world, subject, {
    version,
    host,
    network: desa.network,
    withOwner: 'without_owner',
  });
  // The proxy strips the public path and says so.
  const headers: Record<string, string> = app.path === '/' ? {} : { 'x-forwarded-prefix': app.path };
  const probe: PublicProbe = { get: (request) => world.privateGet({ ...request, address, headers }) };
  const request = { ...proofOf(app, context), app: { name: app.name, path: '/' } };
  let failures = 0;
  return async () => {
    const { reason } = await provePage(probe, request, app.page(context));
    if (reason === null) return null;
    failures += 1;
    return { final: failures >= PAGE_TRIES, error: new StepError(reason.code, reason.params) };
  };
};

/** Stops gracefully, removes, and takes the configuration along. Absent is fine. */
export const dropContainer = async (world: World, name: string): Promise<void> => {
  await world.session.stop(name, 10);
  await world.session.remove(name);
  await world.session.removeVolume(configVolume(name));
};

export const retireRelease = (world: World): StepHandler<'retire_release'> => ({
  timeoutMs: 120_000,
  async apply(step) {
    const previous = step.outputs.put_files?.['previousContainer'];
    if (typeof previous !== 'string') return done({ retired: null });
    try {
      await dropContainer(world, previous);
      return done({ retired: previous });
    } catch (error) {
      // The new release serves and is proven: what could not be taken away is no reason to call it failed.
      if (!(error instanceof ProvisionError) || isTransient(error)) throw error;
      step.log(`${previous}: ${error.code}`);
      return done({ retired: null, left: previous });
    }
  },
});

/** The route first, then what it led to: nobody is ever sent to an address that somebody else may get. */
export const removeContainers = (world: World): StepHandler<'remove_containers'> => ({
  timeoutMs: 120_000,
  async apply(step) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    await step.write((stores) => stores.instances.update(subject.instance.id, { routeMode: 'none' }));
    await world.routes.sync();
    const found = await world.session.find({ [LABEL.instance]: subject.instance.id });
    const { container } = subject.instance;
    // The row names what a try before may have taken away without its configuration.
    const names = new Set([...(container === null ? [] : [container]), ...found.map((one) => one.name)]);
    for (const name of names) await dropContainer(world, name);
    return done({ removed: names.size }, async (stores) => {
      await stores.instances.update(subject.instance.id, { container: null, slot: null });
      return undefined;
    });
  },
});
