import type { Labels, WorkloadUse } from '../../contracts';
import { call, labelFilter, lookUp, type Engine } from './engine';
import { memoryOf } from './watch';

/** The engine (20.10) answers whoever asks once a second: 32 at a time make 2,556 containers a minute and a half of mostly waiting. */
const LANES = 32;
const ZERO_TIME = '0001-01-01T00:00:00Z';

const sampleOf = async (engine: Engine, id: string): Promise<WorkloadUse | null> => {
  const container = engine.docker.getContainer(id);
  const facts = await lookUp(engine, 'inspect container', () => container.inspect());
  const now = await lookUp(engine, 'stats', () => container.stats({ stream: false, 'one-shot': true }));
  // One that ended meanwhile answers with empty numbers.
  if (facts?.State.Running !== true || now?.memory_stats.usage === undefined) return null;
  return {
    id: facts.Id,
    name: facts.Name.replace(/^\//, ''),
    labels: facts.Config.Labels,
    madeAt: facts.Created,
    startedAt: facts.State.StartedAt === ZERO_TIME ? null : facts.State.StartedAt,
    restarts: facts.RestartCount,
    memoryBytes: memoryOf(now),
    memoryLimitBytes: now.memory_stats.limit,
    cpuSeconds: now.cpu_stats.cpu_usage.total_usage / 1e9,
    at: now.read,
  };
};

/** One sample of each of our running containers with these labels. */
export const usage = async (engine: Engine, labels: Labels): Promise<readonly WorkloadUse[]> => {
  const filters = { label: labelFilter(engine, labels), status: ['running'] };
  const listed = await call(engine, 'list containers', () => engine.docker.listContainers({ filters }));
  const queue = listed.map((one) => one.Id);
  const samples: WorkloadUse[] = [];
  const lane = async (): Promise<void> => {
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      const sample = await sampleOf(engine, id);
      if (sample !== null) samples.push(sample);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return samples.sort((a, b) => (a.name < b.name ? -1 : 1));
};
