/** What every PHP app of ours has in common inside its container; see deploy-templates/README.md. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProvisionError, type FileSpec, type InstanceContext, type OneShotResult } from '../contracts';
import { errnoOf } from './errno';
import { fileError, refusal } from './release-rules';

/** www-data in every runtime image: user and group of all app processes. */
export const WEB_ID = 33;
export const MIB = 1024 ** 2;

/** A folder of a volume written by the app. */
export const appFolder = (path: string, mode = 0o755): { path: string; mode: number; uid: number; gid: number } => ({
  path,
  mode,
  uid: WEB_ID,
  gid: WEB_ID,
});

/** A file of the config volume: the app reads it and cannot change it. */
export const configFile = (path: string, content: string): FileSpec => ({
  path,
  content,
  mode: 0o440,
  uid: 0,
  gid: WEB_ID,
});

/** PHP source of a string literal; nothing inside is interpreted. */
export const phpString = (value: string): string => `'${value.replace(/[\\']/g, '\\$&')}'`;

/** The `env` file: KEY=VALUE lines the entrypoint exports without evaluating. Throws 'invalid' on line breaks. */
export function envFile(entries: Readonly<Record<string, string>>): FileSpec {
  const lines = Object.entries(entries).map(([key, value]) => {
    if (!/^[A-Z][A-Z0-9_]*$/.test(key) || /[\r\n\0]/.test(value))
      throw new ProvisionError('invalid', 'not a line of an environment file', { key });
    return `${key}=${value}\n`;
  });
  return configFile('env', lines.join(''));
}

const HOST = /^[a-z0-9.-]+$/;
const nginxMap = (source: string, target: string, fallback: string, pairs: readonly (readonly [string, string])[]) =>
  `map ${source} ${target} {\n  default ${fallback};\n${pairs.map(([from, to]) => `  "${from}" ${to};\n`).join('')}}\n`;

/** `nginx.conf` of an instance: its host names, its key and who it is, as maps on http level. */
export function nginxFile(ctx: InstanceContext): FileSpec {
  if (!ctx.hosts.every((host) => HOST.test(host)) || !/^[0-9a-f]{16,}$/i.test(ctx.identityKey))
    throw new ProvisionError('invalid', 'host name or key is not usable in a server configuration', {
      instance: ctx.instanceId,
    });
  const constant = (target: string, value: string): string => nginxMap('$host', target, `"${value}"`, []);
  return configFile(
    'nginx.conf',
    nginxMap(
      '$host',
      '$sp_host_ok',
      '0',
      ctx.hosts.map((host) => [host, '1']),
    ) +
      nginxMap('$http_x_siappakai_key', '$sp_key_ok', '0', [[ctx.identityKey, '1']]) +
      constant('$sp_kode', ctx.wilayah.kode) +
      constant('$sp_app', ctx.app) +
      constant('$sp_instance', ctx.instanceId) +
      (ctx.proxyAddress === '' ? '' : `set_real_ip_from ${ctx.proxyAddress};\n`),
  );
}

/** Text of a file of a release tree; null when it is not there, ProvisionError for anything else. */
export async function releaseText(root: string, path: string): Promise<string | null> {
  try {
    return await readFile(join(root, path), 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR' || errnoOf(error) === 'EISDIR') return null;
    throw fileError(error, path);
  }
}

/** Value of `define('NAME', …)`, read as text, never executed: the string, 'true' or 'false'; null when absent. */
export function phpConstant(source: string, name: string): string | null {
  const found = new RegExp(
    `define\\(\\s*['"]${name}['"]\\s*,\\s*(?:'([^']*)'|"([^"$]*)"|(true|false))\\s*\\)`,
    'i',
  ).exec(source);
  return found === null ? null : (found[1] ?? found[2] ?? found[3]?.toLowerCase() ?? null);
}

/** "v2410.0.0" → "2410.0.0"; null when it is not a version of these apps. */
export const plainVersion = (text: string): string | null => /^v?(\d{4}\.\d+\.\d+)$/i.exec(text.trim())?.[1] ?? null;

/** `require.php` of composer.json; null when there is none. Throws a refusal on broken JSON. */
export async function phpConstraint(root: string): Promise<string | null> {
  const text = await releaseText(root, 'composer.json');
  if (text === null) return null;
  const wanted = property(property(parseJson(text, 'composer.json'), 'require'), 'php');
  return typeof wanted === 'string' ? wanted : null;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal('composer_unreadable', { path }, error);
  }
}

/** The value of a JSON text; null when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A property of an unknown value; undefined when it is no object or has none. */
export const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** The first 20,000 characters of the release notes. */
export const releaseNotes = async (root: string): Promise<string | null> =>
  (await releaseText(root, 'catatan_rilis.md'))?.slice(0, 20_000) ?? null;

/** The last line of stdout that is a JSON object; null when there is none. */
export function lastAnswer(result: OneShotResult): Readonly<Record<string, unknown>> | null {
  for (const line of result.stdout.split('\n').reverse()) {
    if (!line.trimStart().startsWith('{')) continue;
    try {
      return { ...(JSON.parse(line) as object) };
    } catch {
      continue;
    }
  }
  return null;
}

/** "KABUPATEN KEBUMEN" → "Kebumen": the way OpenSID keeps names, without the word in front and not all in capitals. */
export function plainName(name: string): string {
  const bare = name.trim().replace(/^(kab(upaten)?\.?|kota administrasi|kota adm\.?|kota|kec(amatan)?\.?)\s+/i, '');
  if (bare !== bare.toUpperCase()) return bare;
  return bare.toLowerCase().replace(/(^|[^\p{L}'])\p{L}/gu, (start) => start.toUpperCase());
}

/** The last line a dying task wrote, at most 300 characters; null when it wrote nothing. */
export function lastLine(result: OneShotResult): string | null {
  const lines = `${result.stdout}\n${result.stderr}`.split('\n').map((line) => line.trim());
  return (
    lines
      .filter((line) => line !== '' && !line.startsWith('{'))
      .at(-1)
      ?.slice(0, 300) ?? null
  );
}
