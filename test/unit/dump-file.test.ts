import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeDumpFile } from '../../provisioners/databases/mariadb/dump-file';

const folder = mkdtempSync(path.join(tmpdir(), 'sp-dump-'));
afterAll(() => rmSync(folder, { recursive: true }));
async function* lines(): AsyncGenerator<Buffer> {
  yield Buffer.from('CREATE TABLE `t` (\n  `id` int\n);\n');
}
const write = (verify: () => void): Promise<unknown> => {
  const file = path.join(folder, 'a.sql.gz');
  return writeDumpFile(lines(), { file, verify, signal: new AbortController().signal, onProgress: () => undefined });
};

test('a dump appears only when it was read back and is what it should be', async () => {
  const incomplete = new Error('it broke off');
  await expect(
    write(() => {
      expect(readdirSync(folder)).toHaveLength(1);
      expect(readdirSync(folder)).not.toContain('a.sql.gz');
      throw incomplete;
    }),
  ).rejects.toThrow('it broke off');
  expect(readdirSync(folder)).toEqual([]);
  expect(await write(() => undefined)).toMatchObject({ bytes: expect.any(Number) as number });
  expect(readdirSync(folder)).toEqual(['a.sql.gz']);
});
