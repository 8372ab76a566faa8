import { freshStages } from '../../../server/rollouts/coordinator';
import { endStage, moveStages } from '../../../server/rollouts/stages';

const shown = (stages: ReturnType<typeof moveStages>): string =>
  stages.map((one) => `${one.stage} ${one.state}`).join(' · ');
const now = '2026-01-01T00:00:00.000Z';

it('ends what is left, begins the next, skips what lies between', () => {
  const dumping = moveStages(freshStages(), 'check', 'snapshot', 'done', now);
  expect(shown(dumping)).toBe(
    'check done · snapshot running · rehearse pending · migrate pending · waves pending · soak pending · report pending',
  );
  const migrating = moveStages(dumping, 'snapshot', 'migrate', 'done', now);
  expect(shown(migrating)).toContain('snapshot done · rehearse skipped · migrate running');
  const ended = moveStages(moveStages(migrating, 'migrate', 'waves', 'done', now), 'waves', 'report', 'done', now);
  expect(shown(ended)).toContain('waves done · soak skipped · report done');
});
it('marks the stage in which a run failed, and does it again after a retry', () => {
  const dumping = moveStages(freshStages(), 'check', 'snapshot', 'done', now);
  const migrating = moveStages(dumping, 'snapshot', 'migrate', 'done', now);
  const failed = moveStages(migrating, 'migrate', 'migrate', 'failed', now);
  expect(shown(failed)).toContain('migrate failed · waves pending');
  const again = moveStages(failed, 'migrate', 'snapshot', 'done', now);
  expect(shown(again)).toContain('snapshot running · rehearse pending · migrate pending');
  expect(again.find((one) => one.stage === 'snapshot')?.endedAt).toBeNull();
});
it('opens again what a retry or a roll-back of an ended run does anew', () => {
  const rolling = moveStages(freshStages(), 'check', 'waves', 'done', now);
  const ended = moveStages(rolling, 'waves', 'report', 'done', now);
  const again = moveStages(ended, 'report', 'waves', 'done', now);
  expect(shown(again)).toContain('waves running · soak pending · report pending');
});
it('ends where it stands when it is given up', () => {
  const given = endStage(moveStages(freshStages(), 'check', 'waves', 'done', now), 'waves', now);
  expect(shown(given)).toContain('check done');
  expect(given.find((one) => one.stage === 'waves')).toMatchObject({ state: 'skipped', endedAt: now });
  expect(endStage(given, 'check', now)).toEqual(given);
});
it('changes nothing while a stage goes on', () => {
  const stages = freshStages();
  expect(moveStages(stages, 'check', 'check', 'done', now)).toEqual(stages);
});
