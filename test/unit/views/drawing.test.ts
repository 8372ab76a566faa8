import { readFileSync } from 'node:fs';
import path from 'node:path';
import { TILE_ORDER, tileState } from '../../../server/domain/tile-state';
import { MEMBER_STATES } from '../../../server/domain/rollout';
import { beatBars, eighths, initialsOf, probeTicks, segmentsOf } from '../../../server/http/drawing';
import { DESA_LOOKS, MEMBER_LOOKS } from '../../../server/http/state-looks';

test('a stacked bar is as wide as its share, and a single desa of 460 is still seen', () => {
  const parts = segmentsOf([{ s: 'done', n: 459 }, { s: 'down', n: 1 }, { s: 'pending', n: 0 }]);
  expect(parts.map((part) => part.s)).toEqual(['done', 'down']);
  expect(parts[1]!.width).toBeGreaterThanOrEqual(0.79);
  expect(parts[0]!.width + parts[1]!.width).toBeLessThanOrEqual(100.01);
  expect(segmentsOf([{ s: 'done', n: 1 }], 4)).toEqual([{ s: 'done', x: 0, width: 25 }]);
  expect(segmentsOf([], 0)).toEqual([]);
});

test('one desa of 460 does not paint a red column', () => {
  const [, cap] = beatBars([{ s: 'down', share: 1 / 460 }]);
  expect(cap).toEqual({ s: 'down', x: 0, y: 0, height: 2 });
  expect(beatBars([{ s: 'down' }])).toEqual([{ s: 'down', x: 0, y: 0, height: 22 }]);
  expect(beatBars([{ s: 'unk' }])[0]!.height).toBe(11);
});

test('probes stand newest right', () => {
  const ticks = probeTicks('++x');
  expect(ticks).toHaveLength(28);
  expect(ticks.slice(-4).map((tick) => tick.s)).toEqual(['none', 'ok', 'ok', 'down']);
});

test('progress in eighths never leaves its range', () => {
  expect([eighths(0, 8), eighths(4, 8), eighths(9, 8), eighths(1, 0), eighths(3, 12)]).toEqual([0, 4, 8, 0, 2]);
  expect([initialsOf('Rina Wulandari'), initialsOf('Siti'), initialsOf('  ')]).toEqual(['RW', 'S', '']);
});

describe('state of a tile with several apps', () => {
  test.each([
    [['done', 'done', 'done'], 'done'],
    [['done', 'pending', 'pending'], 'running'],
    [['pending', 'pending'], 'pending'],
    [['done', 'quarantined', 'running'], 'quarantined'],
    [['down', 'unmeasured'], 'down'],
    [['soaking', 'running'], 'running'],
    [['done', 'skipped'], 'skipped'],
    [[], 'skipped'],
  ] as const)('%j → %s', (apps, state) => {
    expect(tileState(apps)).toBe(state);
  });

  test('the browser has the same order', () => {
    const script = readFileSync(path.resolve(__dirname, '../../../views/assets-src/js/38-tiles.js'), 'utf8');
    const order = /const LOUD = \[([^\]]+)\]/.exec(script)![1]!.match(/[a-z_]+/g);
    expect(order).toEqual(TILE_ORDER);
  });
});

test('green is only for what was observed as right', () => {
  const green = (looks: Readonly<Record<string, { readonly tone: string }>>) => Object.keys(looks).filter((state) => looks[state]!.tone === 'ok');
  expect(green(DESA_LOOKS)).toEqual(['healthy']);
  expect(green(MEMBER_LOOKS)).toEqual(['soaking', 'done']);
  expect(Object.keys(MEMBER_LOOKS).sort()).toEqual([...MEMBER_STATES].sort());
});
