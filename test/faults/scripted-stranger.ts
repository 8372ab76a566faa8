import { ProvisionError, type ProxyRoute, type ProxyState } from '../../provisioners/contracts';
import type { RolloutBench } from '../helpers/rollout-bench';
import type { Habit } from './habit';
import type { RouteTrouble, Spot, Stranger } from './kind';
import type { Troubles } from './scripted-apps';

const MANY = 60;
const notHere = (): never => {
  throw new Error('not on a scripted target');
};
const digits = (kode: string): string => kode.replaceAll('.', '');

type Bench = RolloutBench<Habit>;
const edited = (
  { routes, ...rest }: ProxyState,
  trouble: RouteTrouble,
  own: string | undefined,
  other: string | undefined,
): ProxyState => {
  const of = (id: string | undefined): ProxyRoute | undefined => routes.find((one) => one.id === id);
  const changed = routes.flatMap((one): ProxyRoute[] => {
    if (trouble === 'swapped') {
      const partner = one.id === own ? of(other) : one.id === other ? of(own) : undefined;
      return [partner === undefined ? one : { ...one, slots: partner.slots, active: partner.active }];
    }
    if (one.id !== own) return [one];
    return trouble === 'gone' ? [] : [{ ...one, mode: 'closed' }];
  });
  return { ...rest, routes: changed };
};
const cut = async ({ bench }: Bench): Promise<void> => {
  const { db } = bench.control;
  const [rows] = (await db.raw(
    'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()',
  )) as [{ id: number }[]];
  for (const { id } of rows) await db.raw('KILL ?', [id]).catch(() => undefined);
};
const jump = (ms: number): (() => void) => {
  const { now } = Date;
  Date.now = () => now() + ms;
  return () => {
    Date.now = now;
  };
};

/** `dirty` = the world is made anew before the next fault. */
export const scriptedStranger = (bench: Bench, troubles: Troubles, dirty: () => void): Stranger => ({
  async spoil(trouble, { kode, twin, app }: Spot) {
    const key = `${digits(kode)} ${app}`;
    troubles.set(key, { trouble, twin: digits(twin) });
    return async () => void troubles.delete(key);
  },
  async detach(name) {
    dirty();
    bench.engine().containers.get(name)?.addresses.clear();
  },
  async route(trouble, { kode, twin, app }) {
    const { read } = bench.bench.transact;
    const before = bench.proxy().applied.at(-1);
    if (before === undefined) throw new Error('no routes yet');
    const [own, other] = [await read.instances.findByApp(kode, app), await read.instances.findByApp(twin, app)];
    await bench.proxy().apply(edited(before, trouble, own?.id, other?.id));
    return () => bench.proxy().apply(before);
  },
  async proxy(how) {
    if (how === 'frozen') return notHere();
    bench.proxy().stop();
    return async () => bench.proxy().start();
  },
  async fillDisk() {
    bench.database().failDumps(new ProvisionError('no_space', 'Not enough free space', { needed: 2, free: 1 }));
    return async () => bench.database().failDumps(null);
  },
  async breakDump() {
    bench.database().failDumps(new ProvisionError('failed', 'mariadb-dump ended with 3', { exitCode: 3 }));
    return async () => bench.database().failDumps(null);
  },
  moveTag: async () => notHere(),
  async holdSchemaLock() {
    const release = bench.session().faults.hangOn('runOnce');
    return async () => release();
  },
  cutControl: () => cut(bench),
  jumpClock(ms) {
    const back = jump(ms);
    return async () => back();
  },
  engineSilent(times) {
    dirty();
    for (let left = Math.min(times, MANY); left > 0; left -= 1) bench.session().faults.failOnce('ensureWorkload');
    return async () => undefined;
  },
});
