import { setTimeout as sleep } from 'node:timers/promises';
import { ProvisionError, type InstanceContext } from '../../provisioners/contracts';
import type { InstanceChange, Observation } from '../stores/instance-store';
import type { RouteMode } from '../domain/instance';
import type { Slot, StepOutput } from '../domain/step';
import { liveEvent } from '../rollouts/member-events';
import { done, type StepContext, type StepHandler } from '../rollouts/handler';
import { StepError, Unmeasured } from '../rollouts/step-error';
import type { Stores } from '../stores';
import type { NewEvent } from '../stores/event-store';
import { instanceContext } from './context';
import { proofOf, proveIdentity, provePage, type Proof, type ProofRequest } from './proof';
import { containerOf } from './release-steps';
import { loadRelease, loadSubject, type Subject } from './subject';
import { readTokenBack } from './token-read-back';
import type { World } from './world';

/** Points the route at the new container; running requests end on the old one. The route's row is the truth. */
export const switchTraffic = (world: World): StepHandler<'switch_traffic'> => ({
  timeoutMs: 120_000,
  async apply(step, { releaseId, slot, host }) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    await world.proxy.ensureCertificates([host]);
    const container = containerOf(world, subject, step.deployment);
    await step.write(async (stores) => {
      await stores.instances.update(subject.instance.id, { slot, container, releaseId, routeMode: 'open' });
      await moveHost(stores, subject, host);
    });
    await world.routes.sync();
    return done({ container, slot, host });
  },
  async undo(step, { host }) {
    const before = step.outputs.put_files;
    if (before === undefined) return;
    const subject = await loadSubject(world, step.deployment.subjectId);
    // Also when the rows are back already: a kill may have come before the proxy heard of it.
    if (subject.instance.container === containerOf(world, subject, step.deployment))
      await step.write(async (stores) => {
        await stores.instances.update(subject.instance.id, backTo(before, step.outputs.hold_traffic !== undefined));
        await moveHost(stores, subject, String(before['previousHost']), host);
      });
    await world.routes.sync();
  },
});
const backTo = (before: StepOutput, held: boolean): InstanceChange => {
  const container = before['previousContainer'];
  if (typeof container !== 'string') return { slot: null, container: null, releaseId: null, routeMode: 'none' };
  return {
    slot: before['previousSlot'] as Slot,
    container,
    releaseId: typeof before['previousRelease'] === 'string' ? before['previousRelease'] : null,
    routeMode: held ? 'held' : (before['previousMode'] as RouteMode),
  };
};
/** The app at `/` carries the desa's name; the old one redirects from then on. `never` = one that was tried in vain. */
const moveHost = async (stores: Stores, subject: Subject, host: string, never?: string): Promise<void> => {
  await stores.instances.update(subject.instance.id, { hosts: [host] });
  if (subject.app.path !== '/' || subject.desa.host === host) return;
  const old = [...new Set([...subject.desa.oldHosts, subject.desa.host])].filter(
    (one) => one !== host && one !== never,
  );
  await stores.desa.update(subject.desa.kode, { host, oldHosts: old });
};

const proofRequest = async (
  world: World,
  subject: Subject,
  releaseId: string,
): Promise<{ request: ProofRequest; page: () => Promise<Proof>; context: InstanceContext }> => {
  const release = await loadRelease(world, releaseId);
  const host = subject.instance.hosts[0] ?? subject.desa.host;
  const context = await instanceContext(world, subject, {
    version: release.version,
    host,
    network: subject.desa.network,
    withOwner: 'without_owner',
  });
  const request = proofOf(subject.app, context);
  return { request, page: () => provePage(world.probe, request, subject.app.page(context)), context };
};

/** What was seen, for the desa's row and for everybody who watches. */
export const observation = (proof: Proof): Observation => {
  const at = new Date();
  if (!proof.measured)
    return {
      observed: 'unknown',
      release: null,
      reason: proof.reason?.code ?? null,
      facts: proof.reason?.params ?? null,
      at,
      deep: false,
    };
  if (proof.held) return { observed: 'held', release: null, reason: null, facts: null, at, deep: false };
  if (proof.reason === null)
    return { observed: 'healthy', release: proof.release, reason: null, facts: { ms: proof.ms }, at, deep: true };
  const observed =
    proof.reason.code === 'wrong_identity'
      ? 'wrong_identity'
      : proof.reason.code === 'wrong_version'
        ? 'drift'
        : 'down';
  return { observed, release: proof.release, reason: proof.reason.code, facts: proof.reason.params, at, deep: true };
};
export const observe = async (
  stores: Stores,
  subject: Pick<Subject, 'instance' | 'desa' | 'wilayah' | 'app'>,
  seen: Observation,
): Promise<readonly NewEvent[]> => {
  const before = await stores.instances.find(subject.instance.id);
  const fresh = await stores.instances.observe(subject.instance.id, seen);
  if (!fresh || (before?.observed === seen.observed && before.observedRelease === seen.release)) return [];
  return [
    liveEvent('fleet', 'desa.observed', {
      kode: subject.desa.kode,
      nama: subject.desa.nama,
      kecamatan: subject.wilayah.kecamatan.nama,
      app: subject.app.name,
      observed: seen.observed,
      release: seen.release,
    }),
  ];
};

const TRIES = 3;
/** Page *and* identity, through the proxy on the public host. Names alone prove nothing: they have twins. */
export const verifyPublic = (world: World): StepHandler<'verify_public'> => ({
  timeoutMs: 120_000,
  async apply(step, { releaseId }) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const { request, page, context } = await proofRequest(world, subject, releaseId);
    for (let attempt = 1; ; attempt += 1) {
      const identity = await proveIdentity(world.probe, request);
      const proof = identity.reason === null ? await page() : identity;
      await count(world, step, [proof]);
      if (proof.reason === null && proof.measured) {
        await lookForToken(world, step, subject, context);
        return done({ ms: proof.ms, release: request.version }, async (stores) =>
          observe(stores, subject, observation(proof)),
        );
      }
      step.log(`uji publik ${attempt}: ${proof.reason?.code ?? ''} ${JSON.stringify(proof.reason?.params ?? {})}`);
      if (!proof.measured) throw new Unmeasured(proof.reason?.code ?? 'unmeasured', proof.reason?.params ?? {});
      if (attempt >= TRIES) throw new StepError(proof.reason?.code ?? 'not_ready', proof.reason?.params ?? {});
      await sleep(700, undefined, { signal: step.signal });
    }
  },
});

/** The site is good without it: what could not be read now is looked for again by the daily round. */
const lookForToken = async (
  world: World,
  step: StepContext,
  subject: Subject,
  context: InstanceContext,
): Promise<void> => {
  const { container } = subject.instance;
  if (container === null) return;
  try {
    if ((await readTokenBack(world, subject, container, context)) === false) step.log(`${container}: token_not_found`);
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error;
    step.log(`${container}: token ${error.code}`);
  }
};

const count = async (world: World, step: StepContext, proofs: readonly Proof[]): Promise<void> => {
  const measured = proofs.filter((proof) => proof.measured);
  const held = measured.filter((proof) => proof.held).length;
  const failedCount = measured.filter((proof) => proof.reason !== null && !proof.held).length;
  await world.transact.read.deployments.addProbes(step.deployment.id, {
    sent: measured.length,
    failed: failedCount,
    held,
  });
};

const PAGE_EVERY = 10;
/** Watches the new release once a second; two failures in a row, or another start, and the old one takes over again. */
export const soak = (world: World): StepHandler<'soak'> => ({
  timeoutMs: 26 * 60 * 60_000,
  async apply(step, { releaseId, seconds }) {
    const subject = await loadSubject(world, step.deployment.subjectId);
    const { request, page } = await proofRequest(world, subject, releaseId);
    const container = containerOf(world, subject, step.deployment);
    const startedAt = (await world.session.inspect(container))?.startedAt ?? null;
    // Time that passed, not the time of day: that may be put right in the middle of it.
    const end = performance.now() + seconds * 1000;
    let failures: readonly Proof[] = [];
    for (let tick = 0; performance.now() < end || tick === 0; tick += 1) {
      const proof = tick % PAGE_EVERY === 0 ? await page() : await proveIdentity(world.probe, request);
      await count(world, step, [proof]);
      failures = proof.measured && proof.reason !== null ? [...failures, proof] : [];
      if (failures.length >= 2)
        throw new StepError(failures[0]?.reason?.code ?? 'not_ready', { ...failures[0]?.reason?.params, after: tick });
      await sleep(1000, undefined, { signal: step.signal });
    }
    await sameStart(world, container, startedAt);
    const last = await page();
    await count(world, step, [last]);
    if (!last.measured) throw new Unmeasured(last.reason?.code ?? 'unmeasured', last.reason?.params ?? {});
    if (last.reason !== null) throw new StepError(last.reason.code, last.reason.params);
    return done({ seconds }, async (stores) => observe(stores, subject, observation(last)));
  },
});
const sameStart = async (world: World, container: string, startedAt: string | null): Promise<void> => {
  const facts = await world.session.inspect(container);
  if (facts === null) throw new StepError('container_gone', { container });
  if (facts.startedAt !== startedAt || facts.state !== 'running')
    throw new StepError('container_restarted', { container, oom: facts.oomKilled });
};

/** Nobody is sent there any more. Undo opens it again as it was, unless what it led to is gone. */
export const closeRoute = (world: World): StepHandler<'close_route'> => ({
  timeoutMs: 60_000,
  async apply(step, { mode }) {
    const previousMode = await step.write(async (stores) => {
      const before = await stores.instances.find(step.deployment.subjectId);
      await stores.instances.update(step.deployment.subjectId, { routeMode: mode });
      // What should run is never closed before: a try of ours closed it and did not live to write that down.
      return before?.wanted === 'running' && before.routeMode === mode ? 'open' : (before?.routeMode ?? 'none');
    });
    await world.routes.sync();
    return done({ mode, previousMode });
  },
  async undo(step) {
    const previous = step.outputs.close_route?.['previousMode'];
    await step.write(async (stores) => {
      const instance = await stores.instances.find(step.deployment.subjectId);
      if (instance?.container == null || instance.wanted !== 'running' || instance.routeMode === 'open') return;
      const routeMode = typeof previous === 'string' && previous !== 'none' ? (previous as RouteMode) : 'open';
      await stores.instances.update(instance.id, { routeMode });
    });
    await world.routes.sync();
  },
});
export const openRoute = (world: World): StepHandler<'open_route'> => ({
  timeoutMs: 60_000,
  async apply(step) {
    await step.write((stores) =>
      stores.instances.update(step.deployment.subjectId, { routeMode: 'open', wanted: 'running' }),
    );
    await world.routes.sync();
    return done({});
  },
});
const setWanted = (step: StepContext, wanted: 'running' | 'stopped'): Promise<void> =>
  step.write((stores) => stores.instances.update(step.deployment.subjectId, { wanted }));
export const stopInstance = (world: World): StepHandler<'stop_instance'> => ({
  timeoutMs: 60_000,
  async apply(step) {
    const { instance } = await loadSubject(world, step.deployment.subjectId);
    await setWanted(step, 'stopped');
    if (instance.container !== null) await world.session.stop(instance.container, 10);
    return done({ container: instance.container });
  },
  async undo(step) {
    const { instance } = await loadSubject(world, step.deployment.subjectId);
    if (instance.container !== null) await world.session.start(instance.container);
    await setWanted(step, 'running');
  },
});
export const startInstance = (world: World): StepHandler<'start_instance'> => ({
  timeoutMs: 60_000,
  async apply(step) {
    const { instance } = await loadSubject(world, step.deployment.subjectId);
    if (instance.container === null) throw new StepError('not_installed', {});
    await world.session.start(instance.container);
    return done({ container: instance.container });
  },
});
