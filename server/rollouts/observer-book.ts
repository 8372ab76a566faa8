import { BEAT_OF, slotOf, DAY_SLOTS } from '../domain/heartbeat';
import { kodeWilayah } from '../domain/kode-wilayah';
import type { Stores, Transactor } from '../stores';
import type { NewEvent } from '../stores/event-store';
import type { Look } from '../stores/observation-store';
import { liveEvent } from './member-events';
import type { Target } from './observer-round';

const BATCH = 200;
const OLDEST_MS = 5000;
const KEPT_SLOTS = 2 * DAY_SLOTS;

export interface Noted {
  readonly target: Target;
  readonly seen: Look['seen'];
}

/** Keeps what a round saw and writes it in batches: a look costs no statement of its own. */
export class ObservationBook {
  private readonly transact: Transactor;
  private noted: Noted[] = [];
  private oldest = 0;
  private writing: Promise<void> = Promise.resolve();
  constructor(transact: Transactor) {
    this.transact = transact;
  }

  /** Written when enough is there, or the oldest of it has waited for some seconds. */
  note(one: Noted): void {
    if (this.noted.length === 0) this.oldest = Date.now();
    this.noted.push(one);
    if (this.noted.length >= BATCH || Date.now() - this.oldest > OLDEST_MS) void this.flush().catch(() => undefined);
  }

  /** Resolves when everything noted so far is written; rejects when what it writes itself could not be. */
  flush(): Promise<void> {
    const batch = this.noted.splice(0);
    const mine = this.writing.then(() => (batch.length === 0 ? undefined : this.write(batch)));
    // What could not be written is looked at again in the next round; the one after it waits, and does not fail with it.
    this.writing = mine.catch(() => undefined);
    return mine;
  }

  private write(batch: readonly Noted[]): Promise<void> {
    return this.transact.run(async (stores) => {
      const { kept, news } = await stores.observations.record(batch.map(lookOf));
      const beats = kept.map(({ instanceId, seen }) => ({ instanceId, beat: BEAT_OF[seen.observed] }));
      await stores.heartbeats.add(slotOf(new Date()), beats);
      await stores.events.append(await newsOf(stores, batch, news));
    });
  }

  /** Instances that are being changed have their mark in the strip too. */
  async markChanging(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const beats = ids.map((instanceId) => ({ instanceId, beat: 'run' as const }));
    await this.transact.run((stores) => stores.heartbeats.add(slotOf(new Date()), beats));
  }

  /** Forgets what is older than two days. */
  async prune(): Promise<void> {
    const before = slotOf(new Date()) - KEPT_SLOTS;
    while (await this.transact.read.heartbeats.prune(before));
  }
}

const lookOf = ({ target: { instance }, seen }: Noted): Look => {
  const { id: instanceId, container, releaseId, routeMode } = instance;
  return { instanceId, container, releaseId, routeMode, seen };
};

const newsOf = async (stores: Stores, batch: readonly Noted[], news: readonly Look[]): Promise<readonly NewEvent[]> => {
  if (news.length === 0) return [];
  const changed = new Map(news.map((look) => [look.instanceId, look] as const));
  const told = batch.filter(({ target }) => changed.has(target.instance.id));
  const kodes = [...new Set(told.map(({ target }) => target.desa.kecamatanKode))];
  const names = new Map(
    (await stores.wilayah.findMany(kodes.map(kodeWilayah))).map((one) => [String(one.kode), one.nama] as const),
  );
  return told.map(({ target: { desa, app }, seen }) =>
    liveEvent('fleet', 'desa.observed', {
      kode: desa.kode,
      nama: desa.nama,
      kecamatan: names.get(desa.kecamatanKode) ?? desa.kecamatanKode,
      app: app.name,
      observed: seen.observed,
      release: seen.release,
    }),
  );
};
