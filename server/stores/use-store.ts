import type { Knex } from 'knex';
import { cpuPercentOf, type InstanceUse, type UseSample } from '../domain/instance-use';
import { dateOrNull, number, numberOrNull, text, textOrNull, type Row } from './rows';

const sampleOf = (row: Row): UseSample | null => {
  const [container, at, madeAt] = [
    textOrNull(row, 'container'),
    dateOrNull(row, 'sampled_at'),
    dateOrNull(row, 'made_at'),
  ];
  if (container === null || at === null || madeAt === null) return null;
  return {
    instanceId: text(row, 'instance_id'),
    container,
    madeAt,
    startedAt: dateOrNull(row, 'started_at'),
    restarts: number(row, 'restarts'),
    memoryBytes: number(row, 'memory_bytes'),
    memoryLimitBytes: number(row, 'memory_limit_bytes'),
    cpuSeconds: number(row, 'cpu_seconds'),
    at,
  };
};
const fromRow = (row: Row): InstanceUse => ({
  instanceId: text(row, 'instance_id'),
  sample: sampleOf(row),
  cpuPercent: numberOrNull(row, 'cpu_percent'),
  diskBytes: numberOrNull(row, 'disk_bytes'),
  schemaBytes: numberOrNull(row, 'schema_bytes'),
  diskAt: dateOrNull(row, 'disk_at'),
});
const rowOf = (sample: UseSample, before: InstanceUse | undefined): Row => ({
  instance_id: sample.instanceId,
  container: sample.container,
  memory_bytes: sample.memoryBytes,
  memory_limit_bytes: sample.memoryLimitBytes,
  cpu_seconds: sample.cpuSeconds,
  cpu_percent: cpuPercentOf(before?.sample ?? null, sample),
  restarts: sample.restarts,
  made_at: sample.madeAt,
  started_at: sample.startedAt,
  sampled_at: sample.at,
});
const SAMPLED = [
  'container',
  'memory_bytes',
  'memory_limit_bytes',
  'cpu_seconds',
  'cpu_percent',
  'restarts',
  'made_at',
  'started_at',
  'sampled_at',
];
const CHUNK = 500;

/** Last sample of each instance's container, and what its volumes and own schema hold. */
export class UseStore {
  private readonly db: Knex;
  constructor(db: Knex) {
    this.db = db;
  }

  async ofInstances(ids: readonly string[]): Promise<ReadonlyMap<string, InstanceUse>> {
    const rows = (await this.db('instance_use').whereIn('instance_id', [...ids])) as Row[];
    return new Map(rows.map((row) => [text(row, 'instance_id'), fromRow(row)] as const));
  }

  /** One statement per 500. */
  async record(samples: readonly UseSample[]): Promise<void> {
    for (let at = 0; at < samples.length; at += CHUNK) {
      const some = samples.slice(at, at + CHUNK);
      const before = await this.ofInstances(some.map((one) => one.instanceId));
      await this.db('instance_use')
        .insert(some.map((one) => rowOf(one, before.get(one.instanceId))))
        .onConflict('instance_id')
        .merge(SAMPLED);
    }
  }

  /** How many instances have a container that serves them. */
  async serving(): Promise<number> {
    const row = (await this.db('instances').whereNotNull('container').count({ n: '*' }).first()) as Row;
    return number(row, 'n');
  }

  /** When anything was sampled last, whoever did it. */
  async lastSampledAt(): Promise<Date | null> {
    const row = (await this.db('instance_use').max({ at: 'sampled_at' }).first()) as Row | undefined;
    return row === undefined ? null : dateOrNull(row, 'at');
  }

  /** Serving instances whose volumes were not weighed since `before`, those never weighed first. */
  async dueForDisk(before: Date, limit: number): Promise<readonly string[]> {
    const rows = (await this.db('instances as i')
      .leftJoin('instance_use as u', 'u.instance_id', 'i.id')
      .whereNotNull('i.container')
      .andWhere((where) => void where.whereNull('u.disk_at').orWhere('u.disk_at', '<', before))
      .orderBy(['u.disk_at', 'i.id'])
      .limit(limit)
      .select('i.id')) as Row[];
    return rows.map((row) => text(row, 'id'));
  }

  /** Null = it was tried and could not be weighed. */
  async weigh(id: string, disk: number | null, schema: number | null, at: Date): Promise<void> {
    await this.db('instance_use')
      .insert({ instance_id: id, disk_bytes: disk, schema_bytes: schema, disk_at: at })
      .onConflict('instance_id')
      .merge();
  }

  /** Rows of instances that are gone. */
  async forgetGone(): Promise<void> {
    await this.db('instance_use').whereNotIn('instance_id', this.db('instances').select('id')).delete();
  }
}
