import { authorize } from '../../auth/permission';
import type { Actor } from '../../domain/actor';
import { DAY_HOURS, hourOf, looksOf, sharedStripOf, slotOf, stripOf, type StripBar } from '../../domain/heartbeat';
import { shownSample, type UseSample } from '../../domain/instance-use';
import type { Stores } from '../../stores';
import type { HostCertificate } from '../../stores/certificate-store';
import { StripMemory } from './strip-memory';

/** What is measured of one app of one desa; null = not measured, or too old to say anything. Sizes in bytes. */
export interface AppMeasures {
  /** A day in bars, oldest first; empty = never looked at. */
  readonly strip: readonly StripBar[];
  readonly looks: { readonly sent: number; readonly failed: number } | null;
  readonly sample: UseSample | null;
  readonly cpuPercent: number | null;
  readonly diskBytes: number | null;
  readonly schemaBytes: number | null;
}
export interface DesaMeasures {
  /** By app. */
  readonly apps: ReadonlyMap<string, AppMeasures>;
  /** What its host showed last; null = never seen. */
  readonly certificate: HostCertificate | null;
}
type Looks = AppMeasures['looks'];
const asked = (looks: NonNullable<Looks>): Looks => (looks.sent === 0 ? null : looks);

/** Twenty minutes a bar. */
const DAY_BARS = 72;

export const desaMeasures = async (
  actor: Actor,
  read: Stores,
  desa: { readonly kode: string; readonly host: string },
  now: Date,
): Promise<DesaMeasures> => {
  authorize(actor, 'desa.read', desa.kode);
  const last = slotOf(now);
  const instances = await read.instances.ofDesa(desa.kode);
  const ids = instances.map((one) => one.id);
  const [beats, uses, certificate] = await Promise.all([
    read.heartbeats.ofInstances(ids, last),
    read.uses.ofInstances(ids),
    read.certificates.find(desa.host),
  ]);
  const apps = instances.map(({ id, app, container }): readonly [string, AppMeasures] => {
    const hours = beats.get(id) ?? [];
    const use = uses.get(id);
    const sample = shownSample(use, container, now);
    return [
      app,
      {
        strip: stripOf(hours, last, DAY_BARS),
        looks: asked(looksOf(hours.filter((one) => one.hour > hourOf(last) - DAY_HOURS))),
        sample,
        cpuPercent: sample === null ? null : (use?.cpuPercent ?? null),
        diskBytes: use?.diskBytes ?? null,
        schemaBytes: use?.schemaBytes ?? null,
      },
    ];
  });
  return { apps: new Map(apps), certificate };
};

/** An hour a bar, the worst of all apps; by kode. */
export const desaStrips = async (
  actor: Actor,
  read: Stores,
  kodes: readonly string[],
  now: Date,
  memory = new StripMemory(),
): Promise<ReadonlyMap<string, readonly StripBar[]>> => {
  authorize(actor, 'desa.read');
  return memory.stripsOf(read, kodes, now, DAY_HOURS);
};

const FRESH_MS = 5 * 60_000;
/** Connections of the database server the desa share, asked in the last minutes; null = not asked lately. */
export const freshConnections = async (read: Stores, now: Date): Promise<FleetMeasures['connections']> => {
  const databases = [...(await read.databaseFacts.all()).values()];
  const [newest] = databases.sort((left, right) => right.sampledAt.getTime() - left.sampledAt.getTime());
  return newest !== undefined && now.getTime() - newest.sampledAt.getTime() < FRESH_MS ? newest.connections : null;
};

/** What is measured of all desa together. */
export interface FleetMeasures {
  readonly strip: readonly StripBar[];
  readonly looks: Looks;
  /** Of the database server the desa share; null = not asked yet. */
  readonly connections: { readonly used: number; readonly max: number } | null;
}
export const fleetMeasures = async (actor: Actor, read: Stores, now: Date): Promise<FleetMeasures> => {
  authorize(actor, 'desa.read');
  const last = slotOf(now);
  const [slots, connections] = await Promise.all([read.heartbeats.ofFleet(last), freshConnections(read, now)]);
  return {
    strip: sharedStripOf(slots, last, DAY_BARS),
    looks: asked(looksOf(slots)),
    connections,
  };
};
