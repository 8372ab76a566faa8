import { calledBy } from './called-command';
import { DEMO_LINES, MACHINE_LINES } from './docs-machine-lines';
import { wordsOf } from './documented-lines';

/** world = test/integration/docs-commands, machine = test/e2e/documents, demo = test/e2e/demo. */
export type Runner = 'world' | 'machine' | 'demo';

/** They start, stop or read processes and containers: nothing but a real installation can run them. */
const NEEDS_MACHINE: ReadonlySet<string> = new Set([
  ...['demo', 'up', 'down', 'destroy', 'status', 'doctor', 'logs', 'test', 'upgrade'],
  ...['database shell', 'database dump', 'desa logs'],
]);

/** Which test runs a documented command; null = none does. */
export const runnerOf = (text: string): Runner | null => {
  if (Object.hasOwn(MACHINE_LINES, text)) return 'machine';
  if (Object.hasOwn(DEMO_LINES, text)) return 'demo';
  const [program, ...words] = wordsOf(text);
  return program === './siappakai' && !NEEDS_MACHINE.has(calledBy(words).name) ? 'world' : null;
};
