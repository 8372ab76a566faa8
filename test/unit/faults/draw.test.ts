import { drawRuns, type Run } from '../../faults/draw';
import { CLEAN, FAULTS } from '../../faults/kinds';
import type { TargetName } from '../../faults/kind';
import { countsOf, tableOf } from '../../faults/report';
import { isGood, type Result } from '../../faults/perform';

const KODES = ['33.05.05.2011', '33.05.03.2020', '33.05.12.1026'];
const draw = (seed: number, only: string | null = null, faults = 80, target: TargetName = 'scripted') =>
  drawRuns({ seed, target, faults, clean: 12, only, kodes: KODES });
const shown = (runs: readonly Run[]): readonly string[] =>
  runs.map(({ kind, app, kode, twin, seed }) => `${kind.name} ${app} ${kode} ${twin} ${seed}`);

describe('a seed', () => {
  it('fixes which fault hits which app of which desa', () => {
    expect(shown(draw(7))).toEqual(shown(draw(7)));
    expect(shown(draw(7))).not.toEqual(shown(draw(8)));
  });
  it.each(['scripted', 'real'] as const)('brings every kind of the %s target before any comes twice', (target) => {
    const kinds = FAULTS.filter((one) => one.apps[target] !== undefined).map((one) => one.name);
    expect(kinds.length).toBeGreaterThanOrEqual(25);
    const names = draw(3, null, kinds.length, target).map(({ kind }) => kind.name);
    expect(names.filter((one) => !one.startsWith('no-fault')).sort()).toEqual([...kinds].sort());
  });
  it('hits only what the kind can hit, and never a desa as its own twin', () => {
    for (const { kind, app, kode, twin } of draw(11)) {
      expect(kind.apps.scripted).toContain(app);
      expect(kode).not.toBe(twin);
    }
  });
  it('draws one kind only when that is asked for', () => {
    expect(new Set(draw(7, 'twin').map(({ kind }) => kind.name))).toEqual(new Set(['twin']));
  });
});

it('every kind has its own name, and says what happens', () => {
  const all = [...FAULTS, ...CLEAN];
  expect(new Set(all.map((one) => one.name)).size).toBe(all.length);
  expect(all.filter((one) => one.says.length < 10)).toEqual([]);
});

describe('what is counted', () => {
  const right: Result = {
    ...{ number: 1, kind: 'twin', target: 'scripted', app: 'api', kode: '33.05.05.2011', seed: 1, params: {} },
    expected: { verdict: 'red', reasons: ['wrong_identity'] },
    ...{ verdict: 'red', reason: 'wrong_identity', isVerdictRight: true, isReasonRight: true },
    ...{ down: [], changed: [], seconds: 2, error: null },
  };
  const lied: Result = { ...right, verdict: 'green', reason: null, isVerdictRight: false, isReasonRight: false };
  const alarm: Result = { ...right, kind: 'no-fault-update', expected: { verdict: 'green', reasons: [] } };
  const vague: Result = { ...right, reason: 'unexpected', isReasonRight: false };
  const hurt: Result = { ...right, down: ['33.05.05.2011 api'] };
  it('is called by its name', () => {
    expect(countsOf([right, lied, alarm, vague, hurt])).toEqual({
      ...{ faults: 4, clean: 1, falseGreens: 1, falseReds: 1, wrongReasons: 1, hurt: 1 },
    });
    expect([right, lied, vague, hurt].map(isGood)).toEqual([true, false, false, false]);
  });
  it('stands in a table, one line a kind and target', () => {
    const [head, line, ...rest] = tableOf([right, { ...lied, seconds: 4 }]);
    expect(head).toMatch(/^kind +target +runs/);
    expect(line).toMatch(/^twin +scripted +2 +1\/2 +1\/2 +4\.0 ≤ 4\.0$/);
    expect(rest).toEqual([]);
  });
});
