import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Container } from 'dockerode';
import { copySample, type Installation } from './e2e-installation';

/** What a broken release does, in the words of `ulah.php`; see deploy-templates/samples/README.md. */
export interface Behaviour {
  readonly fatal?: true;
  readonly mati_setelah?: number;
  readonly nama_desa?: string;
  readonly versi_tampil?: string;
  readonly migrasi_gagal?: true;
  readonly migrasi_diam?: true;
  readonly migrasi_lambat?: number;
}
export interface BrokenRelease {
  readonly app: 'opensid' | 'api' | 'pbb';
  /** The sample it is a copy of. */
  readonly from: '2409.0.0' | '2410.0.0';
  readonly version: string;
  readonly behaviour: Behaviour;
  /** opensid: number of its structure, when it is not the sample's. */
  readonly schema?: string;
  /** Files of its own, by path in the tree. */
  readonly files?: Readonly<Record<string, string>>;
}
const HELPER = {
  opensid: 'donjo-app/helpers/opensid_helper.php',
  api: 'app/Helpers/helper.php',
  pbb: 'app/Helpers/helper.php',
};
const ULAH = { opensid: 'donjo-app/config/ulah.php', api: 'config/ulah.php', pbb: 'config/ulah.php' };
const MIGRATIONS = 'donjo-app/models/migrations';
const SCHEMA_OF_2410 = '2024100101';

const php = (value: string | number | boolean): string => (typeof value === 'string' ? `'${value}'` : String(value));
const edit = async (file: string, change: (text: string) => string): Promise<void> =>
  writeFile(file, change(await readFile(file, 'utf8')));

/** Another number of the structure: the constant, the file and the class of the last migration. */
const renumber = async (folder: string, schema: string): Promise<void> => {
  const [before, after] = [SCHEMA_OF_2410, schema].map((one) => path.join(folder, MIGRATIONS, `Migrasi_${one}.php`));
  await rename(before ?? '', after ?? '');
  for (const file of [after ?? '', path.join(folder, HELPER.opensid)])
    await edit(file, (text) => text.replaceAll(SCHEMA_OF_2410, schema));
};

/** A copy of a sample with another version and a bad habit; returns its folder. */
const layRelease = async (installation: Installation, release: BrokenRelease): Promise<string> => {
  const { app, from, version, behaviour, schema, files = {} } = release;
  const folder = await copySample(installation, `${app}-${from}`, `${app}-${version}`);
  await edit(path.join(folder, HELPER[app]), (text) => text.replace(from, version));
  if (schema !== undefined) await renumber(folder, schema);
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, file), text);
  const lines = Object.entries(behaviour).map(
    ([key, value]) => `    '${key}' => ${php(value as string | number | boolean)},\n`,
  );
  await writeFile(path.join(folder, ULAH[app]), `<?php\n\nreturn [\n${lines.join('')}];\n`);
  return folder;
};

/** The same, brought in through the command line. */
export const bringRelease = async (installation: Installation, release: BrokenRelease): Promise<void> => {
  const folder = await layRelease(installation, release);
  const { app } = release;
  const told = await installation.cli('release', 'import', app, folder);
  if (told.code !== 0) throw new Error(told.stderr);
};

const TROUBLE = '/app/desa/gangguan';
/** A sound OpenSID that fails in a desa as long as there is trouble; returns its folder. */
export const layMoody = async (installation: Installation, version: string): Promise<string> => {
  const folder = await layRelease(installation, { app: 'opensid', from: '2410.0.0', version, behaviour: {} });
  await writeFile(path.join(folder, ULAH.opensid), `<?php\n\nreturn ['fatal' => is_file('${TROUBLE}')];\n`);
  return folder;
};
/** Makes trouble in a desa, or takes it away; its site, which knows nothing of it, goes on. */
export const setTrouble = async (container: Container, trouble: 'there' | 'gone'): Promise<void> => {
  const Cmd = trouble === 'there' ? ['touch', TROUBLE] : ['rm', '-f', TROUBLE];
  const work = await container.exec({ Cmd, User: '33:33', AttachStdout: true, AttachStderr: true });
  const stream = await work.start({});
  await new Promise((resolve) => stream.on('end', resolve).resume());
  const { ExitCode } = await work.inspect();
  if (ExitCode !== 0) throw new Error(`${Cmd.join(' ')} ended with ${ExitCode}`);
};
