import { freshStages } from '../../../server/rollouts/coordinator';
import { moveStages } from '../../../server/rollouts/stages';

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
it('changes nothing while a stage goes on', () => {
  const stages = freshStages();
  expect(moveStages(stages, 'check', 'check', 'done', now)).toEqual(stages);
});
