import { DAY_HOURS, HOUR_SLOTS, hourOf, MARKS, slotOf, type Mark } from '../../server/domain/heartbeat';
import { recordAudit } from '../../server/services/audit-service';
import { TERMINAL } from '../../server/domain/actor';
import type { Transactor } from '../../server/stores';
import { idAt, type Chance } from './chance';
import { stamp } from './ground';
import type { FleetIds, PlacedInstance } from './plan';

const DAY_MS = 86_400_000;

/** Two days of looks, an hour a row, as the observer leaves them; trouble of now began an hour ago. */
export const layHeartbeats = async (transact: Transactor): Promise<void> => {
  const { knex } = transact.read;
  const last = slotOf(new Date());
  const hour = hourOf(last);
  const trouble = "i.observed <> 'healthy' AND s.seq >= ?";
  const digit = (mark: Mark): string => String(MARKS.indexOf(mark)).repeat(HOUR_SLOTS);
  await knex.raw(
    `INSERT INTO heartbeats (hour, instance_id, marks, ok, run, act, down, unk)
     SELECT s.seq, i.id, IF(${trouble}, IF(i.observed = 'degraded', ?, ?), ?),
       IF(${trouble}, 0, 120), 0, IF(${trouble} AND i.observed = 'degraded', 120, 0),
       IF(${trouble} AND i.observed <> 'degraded', 120, 0), 0
     FROM seq_${hour - 2 * DAY_HOURS + 1}_to_${hour} s JOIN instances i`,
    [hour - 1, digit('act'), digit('down'), digit('ok'), hour - 1, hour - 1, hour - 1],
  );
  await knex.raw(
    `INSERT INTO fleet_beats (slot, ok, run, act, down, unk)
     SELECT b.hour * ${HOUR_SLOTS} + s.seq, SUM(ok) / 6, SUM(run) / 6, SUM(act) / 6, SUM(down) / 6, SUM(unk) / 6
     FROM heartbeats b JOIN seq_0_to_${HOUR_SLOTS - 1} s GROUP BY b.hour, s.seq`,
  );
};

/** What the engine and the database server last said of every instance. */
export const measureUse = async (
  transact: Transactor,
  instances: readonly PlacedInstance[],
  ids: FleetIds,
  chance: Chance,
): Promise<void> => {
  const { knex } = transact.read;
  const now = stamp(new Date());
  const rows = instances.map((one) => ({
    instance_id: one.id,
    memory_bytes: 60_000_000 + chance.below(90_000_000),
    memory_limit_bytes: 512 * 2 ** 20,
    cpu_percent: Math.round(chance.next() * 300) / 100,
    cpu_seconds: chance.below(90_000),
    restarts: chance.below(20) === 0 ? 1 : 0,
    sampled_at: now,
    disk_bytes: 40_000_000 + chance.below(900_000_000),
    schema_bytes: one.app === 'pbb' ? 5_000_000 + chance.below(80_000_000) : null,
    disk_at: now,
  }));
  await knex.batchInsert('instance_use', rows, 500);
  await knex('database_facts').insert({
    database_id: ids.databaseId,
    version: '10.11.6-MariaDB',
    bytes: 41 * 2 ** 30,
    sized_at: now,
    connections_used: 214,
    connections_max: 600,
    sampled_at: now,
  });
  await knex.raw(
    `INSERT INTO certificates (host, issuer, issued_by, not_after, seen_at)
     SELECT host, 'internal', 'SiapPakai', UTC_TIMESTAMP() + INTERVAL 60 DAY, UTC_TIMESTAMP() FROM desa`,
  );
};

/** Verified dumps of the shared schema, newest `newestDaysAgo` old. */
export const layDumps = async (transact: Transactor, newestDaysAgo: number, chance: Chance): Promise<void> => {
  const rows = Array.from({ length: 30 }, (_, index) => {
    const at = new Date(Date.now() - (newestDaysAgo + index) * DAY_MS);
    return {
      id: idAt(at, chance),
      schema_name: 'db_gabungan',
      path: `/var/lib/siappakai/dumps/db_gabungan-${stamp(at).slice(0, 10)}.sql.gz`,
      bytes: 6_000_000_000 - index * 15_000_000,
      sha256: chance.text('0123456789abcdef', 64),
      tables: 214,
      created_at: stamp(at),
    };
  });
  await transact.read.knex.batchInsert('dumps', rows, 100);
};

/** A year of acts in the chain. */
export const layAudit = async (transact: Transactor, instances: readonly PlacedInstance[]): Promise<void> => {
  for (let start = 0; start < 600; start += 200)
    await transact.run(async (stores) => {
      for (const one of instances.slice(start, start + 200)) {
        const object = `desa:${String(one.desa.region.kode)}`;
        await recordAudit(stores, TERMINAL, { act: 'desa.password', object });
      }
    });
};
