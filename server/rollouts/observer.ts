import { LABEL } from '../../provisioners/contracts';
import type { Logger } from '../logger';
import { slotOf } from '../domain/heartbeat';
import type { Instance } from '../domain/instance';
import { instanceContext } from '../steps/context';
import { proveIdentity, provePage, proveStatic, type Proof } from '../steps/proof';
import { dropContainer } from '../steps/release-steps';
import { ensureNetworkOf } from '../steps/storage-steps';
import { loadSubject } from '../steps/subject';
import { observation } from '../steps/traffic-steps';
import type { World } from '../steps/world';
import { ObservationBook } from './observer-book';
import { CertificateWatch } from './observer-certificates';
import { RoundReader, type Target } from './observer-round';

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
  private readonly reader: RoundReader;
  private readonly book: ObservationBook;
  private readonly certificates: CertificateWatch;
  private timer: NodeJS.Timeout | null = null;
  private pruned = 0;
  constructor(world: World, logger: Logger, shutdown: AbortSignal) {
    this.world = world;
    this.logger = logger;
    this.shutdown = shutdown;
    this.reader = new RoundReader(world);
    this.book = new ObservationBook(world.transact);
    this.certificates = new CertificateWatch(world.probe, world.transact);
  }

  start(): void {
    const next = (): void => {
      if (this.shutdown.aborted) return;
      const began = performance.now();
      void this.round()
        .catch((error: unknown) =>
          this.logger.warn({ err: error }, 'observation round failed; the next one tries again'),
        )
        .finally(() => {
          this.timer = setTimeout(next, Math.max(1000, ROUND_MS - (performance.now() - began)));
          this.timer.unref();
        });
    };
    next();
  }
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** One look at everything that should run, written down. */
  async round(): Promise<void> {
    await this.followSettings();
    const { targets, busy } = await this.reader.read();
    await this.book.markChanging(busy);
    const queue = [...targets];
    const work = async (): Promise<void> => {
      for (let one = queue.shift(); one !== undefined && !this.shutdown.aborted; one = queue.shift()) {
        const target = one;
        await this.look(target).catch(async (error: unknown) =>
          this.logger.warn({ err: error, ...(await this.who(target)) }, 'one desa could not be looked at'),
        );
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    await this.book.flush();
    await this.certificates.flush();
    await this.pruneOnce();
  }

  private async followSettings(): Promise<void> {
    await this.world.routes
      .follow()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'the proxy was not told of new settings'));
  }

  private async look(target: Target): Promise<void> {
    const { instance, request } = target;
    const deep = isDeepDue(instance);
    let proof = await proveStatic(this.certificates.probe, request);
    if (proof.reason === null && deep) proof = await this.deepProof(target);
    if (proof.measured && proof.reason !== null && !proof.held) await this.restartIfStopped(target);
    const seen = observation(proof);
    this.book.note({ target, seen: { ...seen, deep: seen.deep && deep } });
  }

  private async deepProof({ instance, app, request }: Target): Promise<Proof> {
    const proof = await proveIdentity(this.world.probe, request);
    if (proof.reason !== null) return proof;
    const subject = await loadSubject(this.world, instance.id);
    const { version, host } = request;
    const wanted = { version, host, network: subject.desa.network, withOwner: 'without_owner' } as const;
    return provePage(this.world.probe, request, app.page(await instanceContext(this.world, subject, wanted)));
  }

  private async pruneOnce(): Promise<void> {
    const slot = slotOf(new Date());
    if (slot === this.pruned) return;
    this.pruned = slot;
    await this.book.prune();
  }

  /** Names have twins: kecamatan and app stand beside them. */
  private async who({ instance, desa }: Target): Promise<Readonly<Record<string, string>>> {
    const { kode, nama, kecamatanKode } = desa;
    const kecamatan = await this.world.transact.read.wilayah.find(kecamatanKode).catch(() => null);
    return { kode, nama, kecamatan: kecamatan?.nama ?? kecamatanKode, app: instance.app };
  }

  private async restartIfStopped(target: Target): Promise<void> {
    const { container } = target.instance;
    if (container === null) return;
    const facts = await this.world.session.inspect(container).catch(() => null);
    if (facts === null || facts.state === 'running') return;
    const told = { ...(await this.who(target)), container };
    this.logger.warn({ ...told, state: facts.state }, 'a desa should run and does not; starting it');
    await this.world.session
      .start(container)
      .catch((error: unknown) => this.logger.error({ err: error, ...told }, 'it could not be started'));
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
    for (const container of await this.world.session.find({ [LABEL.role]: 'village' })) {
      const deploymentId = container.labels[LABEL.deployment] ?? '';
      const deployment = deploymentId === '' ? null : await read.deployments.find(deploymentId);
      const active =
        deployment !== null && ['queued', 'running', 'waiting', 'soaking', 'undoing'].includes(deployment.state);
      if (active) continue;
      // Asked last: another worker may have finished its change between the two looks.
      const instance = await read.instances.find(container.labels[LABEL.instance] ?? '');
      if (instance?.container === container.name) continue;
      this.logger.warn({ container: container.name }, 'removing a container that no desa uses');
      await dropContainer(this.world, container.name);
    }
  }
}

const isDeepDue = (instance: Instance): boolean =>
  instance.deepObservedAt === null ||
  instance.observed !== 'healthy' ||
  Date.now() - instance.deepObservedAt.getTime() > DEEP_EVERY_MS;
