import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const SOURCE = path.resolve('deploy-templates/runtime/image/usr/local/lib/siappakai/turn.sh');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'giliran-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Machine {
  readonly uptime: string;
  readonly ready: number;
  /** Seconds since the container was made. */
  readonly age?: number;
  /** Seconds it waits at most. */
  readonly most?: number;
  /** Shell that runs beside it, in the folder of both files. */
  readonly beside?: string;
}
/** Whole seconds a village waits on a machine of two processors. */
const waited = ({ uptime, ready, age = 86_400, most = 4, beside = ':' }: Machine): number => {
  writeFileSync(path.join(folder, 'uptime'), `${uptime} 99.00\n`);
  writeFileSync(path.join(folder, 'loadavg'), `9.00 9.00 9.00 ${ready}/812 4711\n`);
  writeFileSync(path.join(folder, 'made'), '');
  utimesSync(path.join(folder, 'made'), new Date(), new Date(Date.now() - age * 1000));
  const script = `. ${SOURCE}; stopping=0; trap 'stopping=1' TERM; me=$$; (${beside}) & await_turn uptime loadavg made 2 ${most}; echo $SECONDS`;
  return Number(execFileSync('bash', ['-uc', script], { cwd: folder, encoding: 'utf8' }));
};

test('nobody waits on a machine that has long been up, however busy it is', () => {
  expect(waited({ uptime: '300.00', ready: 80 })).toBe(0);
});
test('nor does a container that was made since the machine was switched on', () => {
  expect(waited({ uptime: '120.50', ready: 80, age: 60 })).toBe(0);
});
test('on one that has just started a village begins at once when the processors have room', () => {
  expect(waited({ uptime: '12.34', ready: 5 })).toBe(0);
});
test('it waits while they have none, and begins by itself after the longest time', () => {
  expect(waited({ uptime: '12.34', ready: 6 })).toBeGreaterThanOrEqual(4);
});
test('it begins soon after there is room', () => {
  const room = 'sleep 1; echo 1 1 1 2/9 9 >new; mv new loadavg';
  const seconds = waited({ uptime: '12.34', ready: 60, most: 60, beside: room });
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThan(40);
});
test('whoever is stopped while waiting does not go on waiting', () => {
  expect(waited({ uptime: '12.34', ready: 60, most: 60, beside: 'sleep 0.5; kill -TERM $me' })).toBeLessThan(40);
});
