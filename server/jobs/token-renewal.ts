import { SYSTEM } from '../domain/actor';
import { AppError } from '../domain/errors';
import type { Instance } from '../domain/instance';
import type { Logger } from '../logger';
import type { RolloutService } from '../services/rollout-service';
import type { TokenService } from '../services/token-service';
import { instanceContext } from '../steps/context';
import { loadSubject } from '../steps/subject';
import { readTokenBack, tokenFiles } from '../steps/token-read-back';
import type { World } from '../steps/world';

const FIRST_MS = 2 * 60_000;
const DAY_MS = 86_400_000;
/** Desa restarted by one round; a month has rounds enough for thousands. */
const AT_ONCE = 100;

export interface TokenRenewalDeps {
  readonly world: World;
  readonly tokens: Pick<TokenService, 'renewals' | 'renew'>;
  readonly rollouts: Pick<RolloutService, 'start'>;
  /** Does the work unless another worker is at it; null then. */
  readonly exclusively: <T>(name: string, work: () => Promise<T>) => Promise<T | null>;
  readonly logger: Logger;
}
/** Codes of desa: the token was found in its place, and the ones restarted with a new token. */
export interface RenewalRound {
  readonly found: readonly string[];
  readonly restarted: readonly string[];
}

/**
 * Once a day: a token that ends within 30 days gets a successor, and what was never read back is looked for. A desa takes
 * its token by an ordinary restart, new container beside the old one; proven and read back, it lets the old token run out.
 */
export class TokenRenewal {
  private readonly deps: TokenRenewalDeps;
  private timer: NodeJS.Timeout | null = null;
  constructor(deps: TokenRenewalDeps) {
    this.deps = deps;
  }

  start(): void {
    const next = (inMs: number): void => {
      this.timer = setTimeout(() => {
        void this.deps
          .exclusively('tokens', () => this.round())
          .catch((error: unknown) => this.deps.logger.error({ err: error }, 'tokens could not be renewed today'))
          .finally(() => next(DAY_MS));
      }, inMs);
      this.timer.unref();
    };
    next(FIRST_MS);
  }
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  async round(): Promise<RenewalRound> {
    const { ending, unread } = await this.deps.tokens.renewals(SYSTEM);
    const found: string[] = [];
    const lost: string[] = [];
    for (const kode of unread) {
      const seen = await this.apart(kode, false, () => this.lookFor(kode));
      if (seen === true) found.push(kode);
      if (seen === null) lost.push(kode);
    }
    const apps = new Set<string>();
    const renewed: string[] = [];
    for (const kode of [...ending, ...lost].slice(0, AT_ONCE)) {
      const carriers = await this.apart(kode, [], () => this.renew(kode));
      if (carriers.length > 0) renewed.push(kode);
      for (const app of carriers) apps.add(app);
    }
    return { found, restarted: renewed.length > 0 && (await this.restart(renewed, [...apps])) ? renewed : [] };
  }

  /** One desa's trouble is not another's. */
  private async apart<T>(kode: string, otherwise: T, work: () => Promise<T>): Promise<T> {
    return work().catch((error: unknown) => {
      this.deps.logger.warn({ err: error, kode }, 'the token of a desa could not be looked after');
      return otherwise;
    });
  }

  /** true = it stands where it belongs · null = it does not · false = not to be told now. */
  private async lookFor(kode: string): Promise<boolean | null> {
    const { world } = this.deps;
    let answer: boolean | null = false;
    for (const instance of await this.serving(kode)) {
      if ((await world.transact.read.deployments.activeFor('instance', instance.id)) !== null) return false;
      const { subject, context } = await this.known(instance);
      const seen = await readTokenBack(world, subject, instance.container ?? '', context);
      if (seen === false) return null;
      answer ||= seen === true;
    }
    return answer;
  }

  /** Apps of the desa that carry its token. */
  private async renew(kode: string): Promise<readonly string[]> {
    const { world, tokens } = this.deps;
    const desa = await world.transact.read.desa.find(kode);
    if (desa === null || desa.archivedAt !== null) return [];
    const serving = await this.serving(kode);
    if (serving.length === 0) return [];
    await tokens.renew(SYSTEM, kode, desa.host);
    const carriers: string[] = [];
    for (const instance of serving) {
      const { subject, context } = await this.known(instance);
      if (tokenFiles(subject.app, context).length > 0) carriers.push(instance.app);
    }
    return carriers;
  }

  private async serving(kode: string): Promise<readonly Instance[]> {
    const instances = await this.deps.world.transact.read.instances.ofDesa(kode);
    return instances.filter((one) => one.container !== null && one.wanted === 'running');
  }

  private async known(instance: Instance) {
    const subject = await loadSubject(this.deps.world, instance.id);
    const { host, network } = subject.desa;
    const request = { version: '', host: instance.hosts[0] ?? host, network, withOwner: 'without_owner' } as const;
    return { subject, context: await instanceContext(this.deps.world, subject, request) };
  }

  private async restart(kodes: readonly string[], apps: readonly string[]): Promise<boolean> {
    try {
      await this.deps.rollouts.start(SYSTEM, { kind: 'restart', kodes, apps, releases: {}, hosts: {} }, null);
      return true;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.deps.logger.warn({ err: error, desa: kodes.length }, 'desa with a new token could not be restarted today');
      return false;
    }
  }
}
