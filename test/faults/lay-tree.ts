import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Habit } from './habit';
import type { AppName } from './kind';

const SAMPLES = path.resolve(__dirname, '../../deploy-templates/samples');
const HELPER: Readonly<Record<AppName, string>> = {
  opensid: 'donjo-app/helpers/opensid_helper.php',
  api: 'app/Helpers/helper.php',
  pbb: 'app/Helpers/helper.php',
};
const ULAH: Readonly<Record<AppName, string>> = {
  opensid: 'donjo-app/config/ulah.php',
  api: 'config/ulah.php',
  pbb: 'config/ulah.php',
};
const MIGRATIONS = 'donjo-app/models/migrations';
const SCHEMA_OF_2410 = '2024100101';

/** What every page of a release with a habit knows of its request. */
const KNOWS = `$web = PHP_SAPI !== 'cli';
$path = explode('?', $_SERVER['REQUEST_URI'] ?? '')[0];
$public = isset($_SERVER['HTTP_X_FORWARDED_FOR']);
$publicFor = 0;
if ($web && $public) {
    is_file('/tmp/umum') || touch('/tmp/umum');
    $publicFor = time() - (int) filemtime('/tmp/umum');
}
`;
const php = (value: string | number | boolean): string => (typeof value === 'string' ? `'${value}'` : String(value));

const edit = async (file: string, change: (text: string) => string): Promise<void> => {
  const before = await readFile(file, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`nothing to change in ${file}`);
  await writeFile(file, after);
};
/** Another number of the structure: the constant, the file and the class of the last migration. */
const renumber = async (folder: string, schema: string): Promise<void> => {
  const [before = '', after = ''] = [SCHEMA_OF_2410, schema].map((one) =>
    path.join(folder, MIGRATIONS, `Migrasi_${one}.php`),
  );
  await rename(before, after);
  for (const file of [after, path.join(folder, HELPER.opensid)])
    await edit(file, (text) => text.replaceAll(SCHEMA_OF_2410, schema));
};

export interface Laid {
  readonly app: AppName;
  readonly version: string;
  readonly habit: Habit;
  /** Number of the structure of an opensid that has its own. */
  readonly schema: string;
}
/** A copy of a sample with another version and the habit, below `folder`; returns its path. */
export const layTree = async (folder: string, { app, version, habit, schema }: Laid): Promise<string> => {
  const from = habit.from ?? '2409.0.0';
  const tree = path.join(folder, `${app}-${version}`);
  await cp(path.join(SAMPLES, `${app}-${from}`), tree, { recursive: true });
  if (version !== from) await edit(path.join(tree, HELPER[app]), (text) => text.replace(from, version));
  if (habit.structure === true && app === 'opensid') await renumber(tree, schema);
  for (const [file, text] of Object.entries(app === 'opensid' ? {} : (habit.files ?? {})))
    await writeFile(path.join(tree, file), text);
  for (const [file, text, by] of habit.edits ?? [])
    await edit(path.join(tree, file), (before) => before.replace(text, by));
  const values = Object.entries(habit.ulah ?? {}).map(([key, value]) => `    '${key}' => ${php(value)},\n`);
  await writeFile(
    path.join(tree, ULAH[app]),
    `<?php\n\n${KNOWS}${habit.php ?? ''}\n\nreturn [\n${values.join('')}];\n`,
  );
  return tree;
};
