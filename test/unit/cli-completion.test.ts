import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { runProgram } from '../../server/cli/program';

const run = promisify(execFile);
let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 't-completion-'));
  const written: string[] = [];
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const makeCli = (): never => {
    throw new Error('nothing may run');
  };
  expect(await runProgram(['completion', 'bash'], { locale: 'id', version: '0', makeCli })).toBe(0);
  spy.mockRestore();
  writeFileSync(path.join(folder, 'completion.bash'), written.join(''));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a real bash offers behind these words; the last one is being typed. */
const offered = async (...words: readonly string[]): Promise<readonly string[]> => {
  const script = [
    'source "$1"; shift',
    'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))',
    '_siappakai; printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n');
  const file = path.join(folder, 'completion.bash');
  const { stdout } = await run('bash', ['--norc', '-c', script, 'bash', file, './siappakai', ...words]);
  return stdout.split('\n').filter((word) => word !== '');
};

test('nouns, verbs and options of each level', async () => {
  expect(await offered('de')).toEqual(['demo', 'destroy', 'desa']);
  expect(await offered('desa', 're')).toEqual(['restart', 'remove']);
  expect(await offered('desa', 'list', '--s')).toEqual(['--status', '--search']);
  expect(await offered('user', 'token', '')).toEqual(['list', 'create', 'revoke', '--help']);
  expect(await offered('user', 'token', 'create', 'cron', '--d')).toEqual(['--days']);
  expect(await offered('desa', 'update', 'opensid@2410.0.0', '33.05.05.2011', '--wai')).toEqual(['--wait']);
  expect(await offered('rollout', 'show', '01J', '--j')).toEqual(['--json']);
  expect(await offered('settings', 'set', 'soak')).toEqual([]);
});

test('the script is one that bash reads without a complaint', async () => {
  const { stderr } = await run('bash', ['-n', path.join(folder, 'completion.bash')]);
  expect(stderr).toBe('');
});
