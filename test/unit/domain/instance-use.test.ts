import { cpuPercentOf, sampleEvery, shownSample, type UseSample } from '../../../server/domain/instance-use';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 10, 21) + seconds * 1000);
const sample = (changes: Partial<UseSample> = {}): UseSample => ({
  instanceId: 'i',
  container: 'c',
  madeAt: at(0),
  startedAt: at(0),
  restarts: 0,
  memoryBytes: 1,
  memoryLimitBytes: 2,
  cpuSeconds: 30,
  at: at(300),
  ...changes,
});

describe('the share of the CPU', () => {
  test('between two samples of one run', () => {
    expect(cpuPercentOf(sample(), sample({ cpuSeconds: 36, at: at(900) }))).toBe(1);
  });
  test('since its start when there is one sample only', () => {
    expect(cpuPercentOf(null, sample())).toBe(10);
  });
  test.each([
    ['another container', { container: 'd' }, 10],
    ['another start', { startedAt: at(200) }, 30],
  ])('%s begins anew', (_, changes, percent) => {
    expect(cpuPercentOf(sample({ cpuSeconds: 900 }), sample(changes))).toBe(percent);
  });
  test('is not told from a few seconds', () => {
    expect(cpuPercentOf(null, sample({ at: at(20) }))).toBeNull();
  });
});

test('a few containers are sampled each minute, thousands each ten', () => {
  expect([0, 18, 1380, 2556].map(sampleEvery)).toEqual([60, 60, 345, 600]);
});

describe('what a screen may show', () => {
  const use = { instanceId: 'i', sample: sample(), cpuPercent: 1, diskBytes: null, schemaBytes: null, diskAt: null };
  test('the container that serves, lately', () => {
    expect(shownSample(use, 'c', at(400))).toBe(use.sample);
    expect(shownSample(use, 'another', at(400))).toBeNull();
    expect(shownSample(use, 'c', at(300 + 1801))).toBeNull();
    expect(shownSample(undefined, 'c', at(400))).toBeNull();
  });
});
