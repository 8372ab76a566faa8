import { countOf } from '../../server/cli/test-run';

const report = (more: Record<string, number> = {}): string =>
  JSON.stringify({
    numPassedTests: 7,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 1,
    numRuntimeErrorTestSuites: 0,
    ...more,
  });

it('counts what jest wrote down', () => {
  expect(countOf(report(), 0)).toEqual({ passed: 7, failed: 0, skipped: 2 });
  expect(countOf(report({ numFailedTests: 2, numRuntimeErrorTestSuites: 1 }), 1)).toMatchObject({ failed: 3 });
});

it('never takes a run that did not finish for a good one', () => {
  expect(countOf(null, 0)).toMatchObject({ passed: 0, failed: 1 });
  expect(countOf(report(), 1)).toMatchObject({ failed: 1 });
  expect(countOf(report(), null)).toMatchObject({ failed: 1 });
});
