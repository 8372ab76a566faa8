import { drawRuns, type Run } from '../faults/draw';
import type { Ground } from '../faults/kind';
import { CLEAN, FAULTS } from '../faults/kinds';
import { isGood, type Result } from '../faults/perform';
import { countsOf, lineOf } from '../faults/report';
import { inWorlds } from '../faults/schedule';
import { openScriptedGrounds } from '../faults/scripted-ground';
import { KODES } from '../helpers/world-picture';

const WORLDS = 5;
const scripted = FAULTS.filter((one) => one.apps.scripted !== undefined);
const draw = (seed: number, only: string | null = null): readonly Run[] =>
  drawRuns({ seed, target: 'scripted', faults: scripted.length, clean: CLEAN.length, only, kodes: KODES });
describe('every kind of fault once, and some runs without one', () => {
  const grounds: Ground[] = [];
  const results: Result[] = [];
  beforeAll(async () => {
    grounds.push(...(await openScriptedGrounds(WORLDS)));
    await inWorlds(grounds, draw(20261123), (one) => void results.push(one));
  }, 600_000);
  afterAll(async () => {
    await Promise.all(grounds.map((one) => one.close()));
  });

  it.each([...scripted, ...CLEAN])('$name: $says', ({ name }) => {
    const own = results.filter((one) => one.kind === name);
    expect(own.filter((one) => !isGood(one)).map(lineOf)).toEqual([]);
    expect(own).toHaveLength(1);
  });

  it('none is called well that is not, and none ill that is well', () => {
    expect(countsOf(results)).toMatchObject({ falseGreens: 0, falseReds: 0, wrongReasons: 0, hurt: 0 });
  });
});
