import { ulid } from 'ulid';
import { ProvisionError, type AppAdapter, type Channel, type PhpLine } from '../../provisioners/contracts';
import { authorize } from '../auth/permission';
import type { SecretBox } from '../auth/secret-box';
import type { Actor } from '../domain/actor';
import { AppError } from '../domain/errors';
import type { Release, ReleaseState } from '../domain/release';
import { importRequestSchema } from '../domain/release-request';
import { liveEvent } from '../rollouts/member-events';
import { asReason, isDatabaseAway } from '../rollouts/step-error';
import type { Transactor } from '../stores';
import { recordAudit } from './audit-service';
import { readInput } from './operations/input';

/** What an import found and kept on disk. */
export interface StoredRelease {
  readonly version: string;
  readonly channel: Channel;
  readonly checksum: string;
  readonly schemaVersion: string | null;
  readonly phpLines: readonly PhpLine[];
  readonly bytes: number;
  readonly files: number;
  readonly notes: string | null;
  readonly path: string;
}
export interface ReleaseTools {
  readonly fetch: (
    request: {
      readonly app: AppAdapter;
      readonly location: string;
      readonly tag: string | null;
      readonly credential: string | null;
      readonly channel: Channel | null;
    },
    onProgress: (stage: 'fetching' | 'verifying' | 'storing', done: number, total: number | null) => void,
    signal: AbortSignal,
  ) => Promise<StoredRelease>;
  readonly buildImage: (
    release: Release,
    log: (line: string) => void,
    signal: AbortSignal,
  ) => Promise<{ readonly tag: string; readonly id: string }>;
  readonly lint: (release: Release, image: string, signal: AbortSignal) => Promise<Release['lint']>;
  /** Takes back what a refused import left: image and stored tree. */
  readonly discard: (release: Release) => Promise<void>;
}
export interface ReleaseDeps {
  readonly transact: Transactor;
  readonly apps: ReadonlyMap<string, AppAdapter>;
  readonly box: SecretBox;
}
export interface ImportRequest {
  readonly app: string;
  readonly location: string;
  readonly tag: string | null;
  readonly channel: Channel | null;
  readonly credential: string | null;
}
export const releaseStream = (id: string): string => `release:${id}`;
const credentialContext = (id: string): string => `release:${id}:credential`;

/** Asks for imports and removals; the worker does them (see ReleaseImporter). */
export class ReleaseService {
  private readonly deps: ReleaseDeps;
  constructor(deps: ReleaseDeps) {
    this.deps = deps;
  }

  async import(actor: Actor, request: ImportRequest): Promise<string> {
    authorize(actor, 'release.import');
    if (!this.deps.apps.has(request.app))
      throw new AppError('invalid_input', { problem: 'app_unknown', app: request.app }, { field: 'app' });
    if (request.location.trim() === '')
      throw new AppError('invalid_input', { problem: 'empty' }, { field: 'location' });
    readInput(importRequestSchema, request);
    const id = ulid();
    await this.deps.transact.run(async (stores) => {
      await stores.releases.create({
        id,
        app: request.app,
        version: request.tag?.replace(/^v/, '') ?? '',
        channel: request.channel ?? 'umum',
        source: request.location,
        tag: request.tag,
        requestedBy: actor.name,
      });
      if (request.credential !== null)
        await stores
          .knex('releases')
          .where({ id })
          .update({ credential: this.deps.box.encrypt(request.credential, credentialContext(id)) });
      await recordAudit(stores, actor, {
        act: 'release.import',
        object: `release:${id}`,
        after: { app: request.app, source: request.location, tag: request.tag },
      });
    });
    return id;
  }

  async list(actor: Actor): Promise<readonly Release[]> {
    authorize(actor, 'release.read');
    return this.deps.transact.read.releases.list();
  }
  async find(actor: Actor, id: string): Promise<Release> {
    authorize(actor, 'release.read');
    const release = await this.deps.transact.read.releases.find(id);
    if (release === null) throw new AppError('not_found', { what: 'release', id });
    return release;
  }

  /** Desa per release: what serves now, what a running change needs, what the schema has. Those are never removed. */
  async usage(): Promise<ReadonlyMap<string, number>> {
    const { read } = this.deps.transact;
    const used = new Map<string, number>();
    const add = (id: string | null, count: number): void => {
      if (id !== null) used.set(id, (used.get(id) ?? 0) + count);
    };
    for (const [id, count] of await read.instances.countByRelease()) add(id, count);
    for (const database of await read.databases.list()) add(database.schemaReleaseId, 0);
    for (const rollout of await read.rollouts.active()) Object.values(rollout.releases).forEach((id) => add(id, 0));
    return used;
  }

  /** The rule: keep what is used and the newest `keep` of each app; refused ones go too. Returns what was (or would be) removed. */
  async prunable(actor: Actor, keep = 2): Promise<readonly Release[]> {
    authorize(actor, 'release.read');
    const used = await this.usage();
    const seen = new Map<string, number>();
    return (await this.deps.transact.read.releases.list()).filter((release) => {
      if (release.state === 'refused') return true;
      if (release.state !== 'ready') return false;
      const count = (seen.get(release.app) ?? 0) + 1;
      seen.set(release.app, count);
      return count > keep && !used.has(release.id);
    });
  }

  /** Marks a release for removal; the worker takes image and tree away. AppError('release_in_use') when anybody needs it. */
  async remove(actor: Actor, id: string): Promise<void> {
    authorize(actor, 'release.prune');
    const release = await this.find(actor, id);
    const used = (await this.usage()).get(id);
    if (used !== undefined) throw new AppError('release_in_use', { version: release.version, desa: used });
    await this.deps.transact.run(async (stores) => {
      await stores.knex('releases').where({ id }).update({ state: 'removing' });
      await recordAudit(stores, actor, {
        act: 'release.remove',
        object: `release:${id}`,
        before: { app: release.app, version: release.version },
      });
    });
  }
}

/** The engine answers nobody now: no fault of the release, the next sweep begins again. */
class EngineAway extends Error {}
const onEngine = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw error instanceof ProvisionError && error.code === 'unreachable' ? new EngineAway(error.message) : error;
  });
const isPartAway = (error: unknown): boolean => error instanceof EngineAway || isDatabaseAway(error);

/** Does what ReleaseService asked for, one at a time; after a crash it begins again from what is on disk. */
export class ReleaseImporter {
  private readonly deps: ReleaseDeps & { readonly tools: ReleaseTools; readonly shutdown: AbortSignal };
  private busy = false;
  constructor(deps: ReleaseImporter['deps']) {
    this.deps = deps;
  }

  /** Takes every unfinished import; `lock` keeps two workers from the same one. */
  async sweep(lock: <T>(name: string, work: () => Promise<T>) => Promise<T | null>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (const release of await this.deps.transact.read.releases.unfinished()) {
        if (this.deps.shutdown.aborted) return;
        await lock(`release:${release.id}`, () => this.take(release));
      }
    } finally {
      this.busy = false;
    }
  }

  private async take(release: Release): Promise<void> {
    if (release.state === 'removing') {
      await this.deps.tools.discard(release);
      return this.deps.transact.read.releases.remove(release.id);
    }
    try {
      await this.run(release);
    } catch (error) {
      if (this.deps.shutdown.aborted || isPartAway(error)) return;
      await this.refuse(release, error);
    }
  }

  private async run(release: Release): Promise<void> {
    const app = this.deps.apps.get(release.app);
    if (app === undefined) throw new AppError('release_invalid', { problem: 'app_unknown' });
    const channel = release.channel === 'premium' ? 'premium' : null;
    const credential = await this.credential(release.id);
    const request = { app, location: release.source, tag: release.tag, credential, channel } as const;
    const { tell, told } = this.progress(release.id);
    const stored = await this.deps.tools.fetch(request, tell, this.deps.shutdown).finally(told);
    if (await this.sameAsKnown(release, stored)) return;
    const { version, checksum, schemaVersion, bytes, files, notes, path: treePath } = stored;
    const phpLine = stored.phpLines[0] ?? null;
    const found = { version, channel: stored.channel, checksum, schemaVersion, phpLine, bytes, files, notes, treePath };
    await this.deps.transact.read.releases.update(release.id, found);
    await this.build(release.id);
  }

  private async build(id: string): Promise<void> {
    await this.state(id, 'building', null, null);
    const stored = await this.deps.transact.read.releases.find(id);
    if (stored === null) return;
    const { tools, shutdown } = this.deps;
    const image = await onEngine(tools.buildImage(stored, () => undefined, shutdown));
    const lint = await onEngine(tools.lint(stored, image.tag, shutdown));
    const change = { image: image.tag, imageId: image.id, lint, readyAt: new Date() };
    await this.deps.transact.read.releases.update(id, change);
    await this.state(id, 'ready', null, null);
  }

  private async credential(id: string): Promise<string | null> {
    const row = (await this.deps.transact.read.knex('releases').where({ id }).first('credential')) as
      { credential: string | null } | undefined;
    return row?.credential == null ? null : this.deps.box.decrypt(row.credential, credentialContext(id)).reveal();
  }

  /** The same version twice is no change; the same version with other content is refused, because releases never change. */
  private async sameAsKnown(release: Release, stored: StoredRelease): Promise<boolean> {
    const known = await this.deps.transact.read.releases.findReady(release.app, stored.version, stored.channel);
    if (known === null || known.id === release.id) return false;
    if (known.checksum !== stored.checksum) {
      await this.deps.tools.discard({ ...release, treePath: stored.path, image: null });
      throw new AppError('release_invalid', { problem: 'release_differs', version: stored.version });
    }
    await this.deps.transact.run(async (stores) => {
      await stores.events.append([{ stream: releaseStream(release.id), type: 'release.same', body: { id: known.id } }]);
      await stores.releases.remove(release.id);
    });
    return true;
  }

  /** `told` resolves when nothing said so far can be written over what comes after. */
  private progress(id: string): {
    readonly tell: (stage: 'fetching' | 'verifying' | 'storing', done: number, total: number | null) => void;
    readonly told: () => Promise<void>;
  } {
    let [last, stageNow, started] = [0, '', Date.now()];
    let telling: Promise<void> = Promise.resolve();
    const tell: ReturnType<ReleaseImporter['progress']>['tell'] = (stage, done, total) => {
      const now = Date.now();
      if (stage !== stageNow) [stageNow, started] = [stage, now];
      else if (now - last < 400) return;
      last = now;
      const perSecond = now > started ? Math.round((done / (now - started)) * 1000) : null;
      telling = telling.then(() => this.state(id, stage, { done, total }, perSecond)).catch(() => undefined);
    };
    return { tell, told: () => telling };
  }

  private async state(
    id: string,
    state: ReleaseState,
    amount: { readonly done: number; readonly total: number | null } | null,
    perSecond: number | null,
  ): Promise<void> {
    await this.deps.transact.run(async (stores) => {
      await stores.releases.update(id, { state, stageDone: amount?.done ?? null, stageTotal: amount?.total ?? null });
      await stores.events.append([
        liveEvent(releaseStream(id), 'release.state', {
          state,
          done: amount?.done ?? null,
          total: amount?.total ?? null,
          perSecond,
          reason: null,
        }),
      ]);
    });
  }

  /** Stays in the list with its sentence and leaves nothing behind on disk. */
  private async refuse(release: Release, error: unknown): Promise<void> {
    const { reason } =
      error instanceof AppError
        ? { reason: { code: String(error.params['problem'] ?? error.code), params: error.params } }
        : asReason(error);
    const named = typeof reason.params['reason'] === 'string' ? { ...reason, code: reason.params['reason'] } : reason;
    const latest = (await this.deps.transact.read.releases.find(release.id)) ?? release;
    if (latest.treePath !== null) await this.deps.tools.discard(latest);
    await this.deps.transact.run(async (stores) => {
      await stores.releases.update(release.id, {
        state: 'refused',
        reason: named,
        treePath: null,
        stageDone: null,
        stageTotal: null,
      });
      await stores.knex('releases').where({ id: release.id }).update({ credential: null });
      await stores.events.append([
        liveEvent(releaseStream(release.id), 'release.state', {
          state: 'refused',
          done: null,
          total: null,
          perSecond: null,
          reason: named,
        }),
      ]);
    });
  }
}
