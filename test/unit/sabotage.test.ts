import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { folderOf, GUARDS, takenOut } from '../../bench/sabotage/guards';

const ROOT = path.join(__dirname, '../..');
const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));

test.each(GUARDS)('the guard $name can still be taken out', ({ edits, tests }) => {
  for (const edit of edits) {
    expect(existsSync(path.join(ROOT, edit.file))).toBe(true);
    const text = readFileSync(path.join(ROOT, edit.file), 'utf8');
    expect(takenOut(text, edit)).not.toBe(text);
  }
  const folder = folderOf(tests.tier);
  const own = filesIn(path.join(ROOT, folder)).filter(
    (name) => tests.tier === 'docker' || !path.join(folder, name).startsWith(folderOf('docker')),
  );
  expect(own.filter((name) => new RegExp(tests.file).test(name)).length).toBeGreaterThan(0);
});
test('their names are their own', () => {
  expect(new Set(GUARDS.map((one) => one.name)).size).toBe(GUARDS.length);
});
