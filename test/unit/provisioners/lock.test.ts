import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withFileLock } from '../../../provisioners/lib/lock';
import { target } from '../../../provisioners/targets/docker';

let folder = '';
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'sp-lock-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));
const never = new AbortController().signal;

test('only one holder at a time, and the next one comes after a failure too', async () => {
  const file = join(folder, 'deep', 'a.lock');
  const seen: string[] = [];
  const hold = (name: string) =>
    withFileLock(file, never, async () => {
      seen.push(`${name} in`);
      await sleep(50);
      seen.push(`${name} out`);
      if (name === 'a') throw new Error('a failed');
    });
  const results = await Promise.allSettled([hold('a'), hold('b'), hold('c')]);
  expect(results.filter((result) => result.status === 'rejected')).toHaveLength(1);
  expect(seen).toHaveLength(6);
  for (let i = 0; i < 6; i += 2) expect(seen[i]?.split(' ')[0]).toBe(seen[i + 1]?.split(' ')[0]);
});

test('waiting ends with the signal; a lock of another process is waited for', async () => {
  const file = join(folder, 'b.lock');
  const other = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo held; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(other.stdout, 'data');
  const reason = new Error('cukup');
  const stop = new AbortController();
  setTimeout(() => stop.abort(reason), 100);
  await expect(withFileLock(file, stop.signal, async () => 'never')).rejects.toBe(reason);
  const waiting = withFileLock(file, never, async () => 'mine');
  // Killing flock alone would leave its child with the lock: the child is what holds it.
  const { pid } = other;
  await sleep(50);
  spawn('pkill', ['-P', String(pid)]);
  await expect(waiting).resolves.toBe('mine');
});

test('an engine that is not there is unreachable', async () => {
  await expect(target.connect({ url: `unix://${folder}/none.sock` }, 'x')).rejects.toMatchObject({
    code: 'unreachable',
  });
  await expect(target.connect({ url: 'tcp://127.0.0.1:1' }, 'x')).rejects.toMatchObject({ code: 'unreachable' });
  await expect(target.connect({ url: 'ssh://somewhere' }, 'x')).rejects.toMatchObject({ code: 'invalid' });
});
