import { countOf, failuresOf } from '../../server/cli/test-run';

const report = (more: Record<string, unknown> = {}): string =>
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

it('names what failed and why, and a file that could not run', () => {
  const testResults = [
    { name: '/x/good.test.ts', status: 'passed', message: '', assertionResults: [] },
    { name: '/x/broken.test.ts', status: 'failed', message: 'Cannot find module', assertionResults: [] },
    {
      name: '/x/red.test.ts',
      status: 'failed',
      message: 'all of it',
      assertionResults: [
        { status: 'passed', fullName: 'a', failureMessages: [] },
        {
          status: 'failed',
          fullName: 'desa stays up',
          failureMessages: ['\u001b[31mexpected 200\u001b[39m\n\n  at x'],
        },
      ],
    },
  ];
  expect(failuresOf(report({ testResults }))).toEqual([
    '✕ /x/broken.test.ts',
    '    Cannot find module',
    '✕ red.test.ts: desa stays up',
    '    expected 200',
    '      at x',
  ]);
  expect(failuresOf(null)).toHaveLength(1);
});
