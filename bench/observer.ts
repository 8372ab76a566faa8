/**
 * What the observer's bookkeeping costs: `npx tsx bench/observer.ts [DESA]` (852). Three apps each, on a private MariaDB; every answer
 * comes at once, so what is left of a round is our own work. Prints milliseconds; nothing is asserted.
 */
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { ulid } from 'ulid';
import { DAY_HOURS, hourOf, slotOf } from '../server/domain/heartbeat';
import { Observer } from '../server/rollouts/observer';
import { instanceSecretsContext } from '../server/steps/context';
import type { World } from '../server/steps/world';
import { openRolloutBench, type RolloutBench } from '../test/helpers/rollout-bench';

const APPS = ['opensid', 'api', 'pbb'] as const;
const ROUNDS = 6;
const VERSION = '2409.0.0';

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};
const kodeOf = (at: number): string =>
  `33.05.${String(1 + Math.floor(at / 40)).padStart(2, '0')}.${String(2001 + (at % 40))}`;

/** Desa as after their installation, straight into the tables. */
const fill = async (bench: RolloutBench, desa: number): Promise<ReadonlyMap<string, string>> => {
  const { db } = bench.bench.control;
  const { box } = bench.world();
  const [server] = await db('servers').select<{ id: string }[]>('id');
  const releases = await db('releases').where({ version: VERSION }).select<{ id: string; app: string }[]>('id', 'app');
  const kodes = Array.from({ length: desa }, (_, at) => kodeOf(at));
  const keys = new Map<string, string>();
  await db.batchInsert(
    'desa',
    kodes.map((kode) => ({
      kode,
      kecamatan_kode: kode.slice(0, 8),
      nama: `Desa ${kode}`,
      jenis: 'desa',
      host: `d${kode.replaceAll('.', '')}.localhost`,
      network: `n-${kode.slice(0, 8)}`,
      database_id: bench.bench.databaseId,
    })),
    500,
  );
  const rows = kodes.flatMap((kode) =>
    APPS.map((app) => {
      const id = ulid();
      const identity = randomBytes(16).toString('hex');
      keys.set(identity, JSON.stringify({ kode, instance: id, release: VERSION, version: VERSION, ready: true }));
      return {
        id,
        wilayah_kode: kode,
        server_id: server?.id ?? '',
        database_id: app === 'pbb' ? null : bench.bench.databaseId,
        app,
        wanted: 'running',
        release_id: releases.find((one) => one.app === app)?.id ?? null,
        container: `c-${id}`,
        route_mode: 'open',
        hosts: JSON.stringify([`d${kode.replaceAll('.', '')}.localhost`]),
        secrets: box.encrypt(JSON.stringify({ identity, database: 'x'.repeat(24) }), instanceSecretsContext(id)),
        observed: 'healthy',
        observed_release: VERSION,
        deep_observed_at: new Date(),
      };
    }),
  );
  await db.batchInsert('instances', rows, 500);
  return keys;
};

const counters = async (bench: RolloutBench): Promise<{ written: number; log: number; statements: number }> => {
  const [rows] = (await bench.bench.control.db.raw(
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_pages_written','Innodb_os_log_written','Questions')",
  )) as [{ Variable_name: string; Value: string }[]];
  const of = (name: string): number => Number(rows.find((one) => one.Variable_name === name)?.Value ?? 0);
  return { written: of('Innodb_pages_written'), log: of('Innodb_os_log_written'), statements: of('Questions') };
};

const say = (line: string): void => console.log(line);

const main = async (): Promise<void> => {
  const desa = Number(process.argv[2] ?? '852');
  const bench = await openRolloutBench();
  const keys = await fill(bench, desa);
  let broken = false;
  const probe: World['probe'] = {
    get: async ({ headers }) => {
      const body = keys.get(headers?.['x-siappakai-key'] ?? '') ?? '';
      return broken ? { status: 502, body: '', ms: 1, held: false } : { status: 200, body, ms: 1, held: false };
    },
  };
  const world = { ...bench.world(), probe };
  const observer = new Observer(world, pino({ level: 'silent' }), new AbortController().signal);
  const first = await timed(() => observer.round());
  const before = await counters(bench);
  const cpu = process.cpuUsage();
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await timed(() => observer.round()));
  const used = process.cpuUsage(cpu);
  const after = await counters(bench);
  say(`${desa} desa × ${APPS.length}: first round ${first.toFixed(0)} ms (keys opened)`);
  say(`calm round: median ${middle(rounds).toFixed(0)} ms, slowest ${Math.max(...rounds).toFixed(0)} ms`);
  say(`  own CPU ${((used.user + used.system) / 1000 / ROUNDS).toFixed(0)} ms a round`);
  say(`  ${((after.statements - before.statements) / ROUNDS).toFixed(0)} statements a round`);
  say(`  redo log ${((after.log - before.log) / ROUNDS / 1024).toFixed(0)} KiB a round`);
  broken = true;
  say(`everything changes at once: ${(await timed(() => observer.round())).toFixed(0)} ms`);
  await readings(bench);
  await bench.close();
};

/** A full day of rows, then the reads of the three pages. */
const readings = async (bench: RolloutBench): Promise<void> => {
  const { db, transactor } = bench.bench.control;
  const last = slotOf(new Date());
  const filled = await timed(() =>
    db.raw(
      `INSERT IGNORE INTO heartbeats (hour, instance_id, marks, ok)
       SELECT ? - seq, id, '111111', 120 FROM instances, seq_1_to_${2 * DAY_HOURS}`,
      [hourOf(last)],
    ),
  );
  await db.raw('ANALYZE TABLE heartbeats');
  const [[size]] = (await db.raw(
    "SELECT data_length AS bytes, table_rows AS n FROM information_schema.tables WHERE table_name = 'heartbeats'",
  )) as [{ bytes: number; n: number }[]];
  say(
    `two days: ${size?.n ?? 0} rows, ${((size?.bytes ?? 0) / 2 ** 20).toFixed(0)} MiB (filled in ${filled.toFixed(0)} ms)`,
  );
  const some = await db('instances')
    .orderBy('wilayah_kode')
    .limit(150)
    .select<{ id: string; wilayah_kode: string }[]>('id', 'wilayah_kode');
  const ids = some.map((one) => one.id);
  const kodes = [...new Set(some.map((one) => one.wilayah_kode))];
  const read = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const times: number[] = [];
    for (let at = 0; at < 7; at += 1) times.push(await timed(work));
    say(`  ${name}: median ${middle(times).toFixed(1)} ms`);
  };
  const { heartbeats } = transactor.read;
  await read('page of one desa', () => heartbeats.ofInstances(ids.slice(0, 3), last));
  await read('list of 50 desa', () => heartbeats.marksOfDesa(kodes, last));
  await read('first page', () => heartbeats.ofFleet(last));
  await read('prune', () => heartbeats.prune(last - 4000));
};
void main();
