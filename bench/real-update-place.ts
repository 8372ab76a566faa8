import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { makeInternalCa } from '../provisioners/lib/internal-ca';
import { foreignVariables, readEnvironment, type Config } from '../server/config';
import { openInstallation } from '../server/installation';
import { freePort } from '../test/helpers/private-server';

const ROOT = path.resolve(__dirname, '..');

/** An installation of this bench alone: name, home and ports of its own. */
export interface Place {
  readonly name: string;
  readonly folder: string;
  /** Known once it is up. */
  config(): Config;
  ca(): Promise<string>;
  /** One command of the launcher with `--json`; Error with what it said when it ends with another code than 0. */
  run<T>(...argv: readonly string[]): Promise<T>;
  leave(): Promise<void>;
}

const speak = (argv: readonly string[], env: Readonly<Record<string, string>>, log: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const child = spawn('bash', [path.join(ROOT, 'siappakai'), ...argv, '--json'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: Buffer[] = [];
    const told: Buffer[] = [];
    const file = createWriteStream(log, { flags: 'a' });
    file.write(`$ siappakai ${argv.join(' ')}\n`);
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      told.push(chunk);
      file.write(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      file.end();
      if (code === 0) resolve(JSON.parse(Buffer.concat(said).toString() || 'null'));
      else reject(new Error(`siappakai ${argv[0] ?? ''} ended with ${code}\n${Buffer.concat(told).toString()}`));
    });
  });

/** Nothing is started yet. `log` receives what the commands tell while they work. */
export const makePlace = async (log: string): Promise<Place> => {
  const name = `nyata-${process.pid.toString(36)}`;
  const folder = await mkdtemp(`/var/tmp/${name}-`);
  await chmod(folder, 0o755);
  const env = {
    ...foreignVariables(),
    LANG: 'en_US.UTF-8',
    SIAPPAKAI_HOME: path.join(folder, 'home'),
    SIAPPAKAI_NAME: name,
    SIAPPAKAI_HTTP_PORT: String(await freePort()),
    SIAPPAKAI_HTTPS_PORT: String(await freePort()),
    SIAPPAKAI_DASHBOARD_PORT: String(await freePort()),
  };
  const config = (): Config => openInstallation(readEnvironment(env));
  return {
    name,
    folder,
    config,
    ca: () => makeInternalCa(path.join(config().paths.secrets, 'ca'), `SiapPakai ${name}`).certificate(),
    run: async <T>(...argv: readonly string[]) => (await speak(argv, env, log)) as T,
    async leave() {
      await speak(['destroy', '--confirm', name], env, log);
      await rm(folder, { recursive: true, force: true });
    },
  };
};
