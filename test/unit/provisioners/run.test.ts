import { readFile } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { ProvisionError } from '../../../provisioners/contracts';
import { run, runOrFail } from '../../../provisioners/lib/run';
import { filesTar, folderTar, singleFile } from '../../../provisioners/lib/tar';

const codeOf = (act: Promise<unknown>): Promise<unknown> =>
  act.then(
    () => 'no error',
    (error: unknown) => (error instanceof ProvisionError ? error.code : error),
  );

test('arguments reach the command as they are, never through a shell', async () => {
  const odd = ["a'b", '$(id)', 'x; y', '', '\n'];
  const result = await run(['printf', '[%s]', ...odd]);
  expect(result).toEqual({ exitCode: 0, stdout: odd.map((text) => `[${text}]`).join(''), stderr: '' });
});

test('a failing command is a result; of runOrFail an error with its last line', async () => {
  expect((await run(['sh', '-c', 'exit 3'])).exitCode).toBe(3);
  await expect(runOrFail(['sh', '-c', 'echo a >&2; echo b >&2; exit 3'])).rejects.toMatchObject({
    code: 'failed',
    details: { command: 'sh', exitCode: 3, lastLine: 'b' },
  });
});

test('a missing command, a late one and an aborted one', async () => {
  expect(await codeOf(run(['siappakai-no-such-command']))).toBe('not_found');
  expect(await codeOf(run(['sleep', '60'], { timeoutMs: 100 }))).toBe('timeout');
  const stop = new AbortController();
  const reason = new Error('cukup');
  setTimeout(() => stop.abort(reason), 50);
  expect(await codeOf(run(['sleep', '60'], { signal: stop.signal }))).toBe(reason);
});

test('input, output stream, lines and an environment of its own', async () => {
  const out = new PassThrough();
  const chunks: string[] = [];
  out.on('data', (chunk) => chunks.push(String(chunk)));
  expect((await run(['cat'], { stdin: Readable.from(['satu ', 'dua']), stdout: out })).stdout).toBe('');
  expect(chunks.join('')).toBe('satu dua');
  const lines: string[] = [];
  await run(['sh', '-c', 'echo a; echo $X'], {
    env: { X: '1', PATH: '/usr/bin:/bin' },
    onLine: (line, stream) => lines.push(`${stream} ${line}`),
  });
  expect(lines).toEqual(['stdout a', 'stdout 1']);
  expect((await run(['true'], { stdin: Buffer.alloc(1024 * 1024) })).exitCode).toBe(0);
});

test('a tar of given files keeps owner and mode; the first plain file is found again', async () => {
  const files = [
    { path: '/a/.', mode: 0o750, uid: 33, gid: 34 },
    { path: '/a/b', content: 'isi', mode: 0o640, uid: 1, gid: 2 },
  ];
  const listed = await run(['tar', '--list', '--verbose', '--numeric-owner', '--file=-'], { stdin: filesTar(files) });
  const lines = listed.stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').split(' '));
  expect(lines.map((parts) => [parts[0], parts[1], parts.at(-1)])).toEqual([
    ['drwxr-x---', '33/34', 'a/'],
    ['-rw-r-----', '1/2', 'a/b'],
  ]);
  expect((await singleFile(filesTar(files.slice(1))))?.toString()).toBe('isi');
  expect(await singleFile(filesTar(files))).toBeNull();
});

test('a folder that is not there fails the reader of its tar', async () => {
  expect(
    await codeOf(run(['cat'], { stdin: folderTar('/siappakai/no/such/folder'), stdout: new PassThrough().resume() })),
  ).toBe('no error');
  expect(await codeOf(folderTar('/siappakai/no/such/folder').toArray())).toBe('failed');
});

test('an abort of a group ends what the command has started as well', async () => {
  const stop = new AbortController();
  const lines: string[] = [];
  const running = run(['sh', '-c', 'sleep 61 & echo $!; wait'], {
    signal: stop.signal,
    kills: 'group',
    onLine: (line) => lines.push(line),
  });
  while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort(new Error('cukup'));
  await expect(running).rejects.toThrow('cukup');
  // Gone, or dead and not yet collected by whoever inherited it.
  const status = await readFile(`/proc/${lines[0] ?? ''}/status`, 'utf8').catch(() => 'State:\tZ');
  expect(status).toMatch(/^State:\s+[ZX]/m);
});
