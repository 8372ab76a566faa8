import { LABEL } from '../../provisioners/contracts';
import type { Logger } from '../logger';
import type { Instance } from '../domain/instance';
import { instanceContext } from '../steps/context';
import { proofOf, proveIdentity, provePage, proveStatic, type Proof } from '../steps/proof';
import { ensureNetworkOf } from '../steps/storage-steps';
import { loadRelease, loadSubject } from '../steps/subject';
import { observation, observe } from '../steps/traffic-steps';
import type { World } from '../steps/world';

const ROUND_MS = 30_000;
const DEEP_EVERY_MS = 60 * 60_000;
const PARALLEL = 6;

/**
 * Looks at every instance from outside, in rounds: its static identity each minute, the app itself hourly and after
 * changes. What should run and does not is started again; what answers wrongly is said so, never repaired by guess.
 */
export class Observer {
  private readonly world: World;
  private readonly logger: Logger;
  private readonly shutdown: AbortSignal;
  private timer: NodeJS.Timeout | null = null;
  constructor(world: World, logger: Logger, shutdown: AbortSignal) {
    this.world = world;
    this.logger = logger;
    this.shutdown = shutdown;
  }

  start(): void {
    const next = (): void => {
      if (this.shutdown.aborted) return;
      const began = Date.now();
      void this.round()
        .catch((error: unknown) =>
          this.logger.warn({ err: error }, 'observation round failed; the next one tries again'),
        )
        .finally(() => {
          this.timer = setTimeout(next, Math.max(1000, ROUND_MS - (Date.now() - began)));
          this.timer.unref();
        });
    };
    next();
  }
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** One look at everything that should run. */
  async round(): Promise<void> {
    const instances = (await this.world.transact.read.instances.all()).filter(
      (one) => one.container !== null && one.wanted === 'running' && one.routeMode !== 'none',
    );
    const queue = [...instances];
    const work = async (): Promise<void> => {
      for (let one = queue.shift(); one !== undefined && !this.shutdown.aborted; one = queue.shift())
        await this.look(one.id);
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
  }

  /** Looks once and writes down what was seen. */
  async look(instanceId: string): Promise<Proof | null> {
    const { read } = this.world.transact;
    if ((await read.deployments.activeFor('instance', instanceId)) !== null) return null;
    const subject = await loadSubject(this.world, instanceId);
    if (subject.instance.releaseId === null) return null;
    const release = await loadRelease(this.world, subject.instance.releaseId);
    const host = subject.instance.hosts[0] ?? subject.desa.host;
    const context = await instanceContext(this.world, subject, {
      version: release.version,
      host,
      network: subject.desa.network,
      withOwner: 'without_owner',
    });
    const request = proofOf(subject.app, context);
    const deep = isDeepDue(subject.instance);
    let proof = await proveStatic(this.world.probe, request);
    if (proof.reason === null && deep) proof = await proveIdentity(this.world.probe, request);
    if (proof.reason === null && deep) proof = await provePage(this.world.probe, request, subject.app.page(context));
    if (proof.measured && proof.reason !== null && !proof.held) await this.restartIfStopped(subject.instance);
    const seen = observation(proof);
    await this.world.transact.run(async (stores) => {
      await stores.events.append(await observe(stores, subject, { ...seen, deep: seen.deep && deep }));
    });
    return proof;
  }

  private async restartIfStopped(instance: Instance): Promise<void> {
    if (instance.container === null) return;
    const facts = await this.world.session.inspect(instance.container).catch(() => null);
    if (facts === null || facts.state === 'running') return;
    this.logger.warn(
      { container: instance.container, state: facts.state },
      'a desa should run and does not; starting it',
    );
    await this.world.session
      .start(instance.container)
      .catch((error: unknown) =>
        this.logger.error({ err: error, container: instance.container }, 'it could not be started'),
      );
  }

  /** After a start of ours: networks, attachments and routes are what the rows say. */
  async reconcileAtBoot(): Promise<void> {
    const networks = new Set((await this.world.transact.read.instances.all()).flatMap((one) => one.network ?? []));
    for (const network of networks) await ensureNetworkOf(this.world, network);
    await this.world.routes.sync();
    await this.removeOrphans();
  }

  /** Village containers of ours that no instance serves from and no running change knows: left by a kill between two steps. */
  private async removeOrphans(): Promise<void> {
    const { read } = this.world.transact;
    const serving = new Set((await read.instances.all()).flatMap((one) => one.container ?? []));
    for (const container of await this.world.session.find({ [LABEL.role]: 'village' })) {
      const deploymentId = container.labels[LABEL.deployment] ?? '';
      const deployment = deploymentId === '' ? null : await read.deployments.find(deploymentId);
      const active =
        deployment !== null && ['queued', 'running', 'waiting', 'soaking', 'undoing'].includes(deployment.state);
      if (serving.has(container.name) || active) continue;
      this.logger.warn({ container: container.name }, 'removing a container that no desa uses');
      await this.world.session.stop(container.name, 10);
      await this.world.session.remove(container.name);
    }
  }
}

const isDeepDue = (instance: Instance): boolean =>
  instance.deepObservedAt === null ||
  instance.observed !== 'healthy' ||
  Date.now() - instance.deepObservedAt.getTime() > DEEP_EVERY_MS;
