import { rmSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../provisioners/lib/run';
import { ownRights, readIfThere, replaceFile } from '../atomic-file';
import type { Config } from '../config';
import { AppError } from '../domain/errors';
import { jailFor } from './jail';
import { logFile } from './log-files';
import type { PartName, PartSpec } from './part-spec';

const UNIT_FOLDER = '/etc/systemd/system';
const SYSTEMCTL_MS = 60_000;

/** `siappakai-<name>-web.service`. */
export const unitName = (config: Config, part: PartName): string => `siappakai-${config.name}-${part}.service`;

/** One word of a unit file: quoted, with the signs systemd gives a meaning escaped. */
const word = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
/** A word of a setting that knows no `$`. */
const plainWord = (text: string): string => word(text).replaceAll('$$', '$');
/** Settings that take one bare path to the end of the line. */
const barePath = (text: string): string => text.replaceAll('%', '%%');

const jailLines = (spec: PartSpec): readonly string[] => {
  if (spec.user === null) return [];
  const { covered, kept } = jailFor(spec.reach, spec.user);
  return [
    `User=${spec.user.uid}`,
    `Group=${spec.user.gid}`,
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    ...covered.map((folder) => `TemporaryFileSystem=${plainWord(`${folder}:mode=0755`)}`),
    ...kept.map((one) => `BindPaths=${plainWord(one)}`),
  ];
};

/** The whole unit file of one part. */
export const unitText = (config: Config, spec: PartSpec): string =>
  [
    '[Unit]',
    `Description=SiapPakai ${config.name}: ${spec.name}`,
    'After=network-online.target docker.service',
    'Wants=network-online.target',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    `ExecStart=${spec.argv.map(word).join(' ')}`,
    ...Object.entries(spec.env).map(([key, value]) => `Environment=${plainWord(`${key}=${value}`)}`),
    'WorkingDirectory=/',
    `StandardOutput=append:${barePath(logFile(config, spec.name))}`,
    `StandardError=append:${barePath(logFile(config, spec.name))}`,
    'Restart=always',
    'RestartSec=500ms',
    'TimeoutStopSec=20',
    'KillMode=mixed',
    ...jailLines(spec),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');

const systemctl = async (...argv: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await run(['systemctl', ...argv], { timeoutMs: SYSTEMCTL_MS });
  if (exitCode !== 0)
    throw new AppError('part_not_starting', { part: argv.at(-1) ?? '', lines: stderr.trim().slice(-500) });
  return stdout;
};

const refuseForeignUnit = (config: Config, file: string): void => {
  const text = readIfThere(file);
  if (text !== null && !text.includes(`Environment=${plainWord(`SIAPPAKAI_HOME=${config.home}`)}\n`)) {
    throw new AppError('name_taken', { name: config.name, file });
  }
};

/** Writes, enables and starts the units; a unit whose text or build changed is started again. */
export const startUnits = async (config: Config, specs: readonly PartSpec[]): Promise<void> => {
  const changed: string[] = [];
  for (const spec of specs) {
    const file = path.join(UNIT_FOLDER, unitName(config, spec.name));
    refuseForeignUnit(config, file);
    const text = `# build ${spec.build}\n${unitText(config, spec)}`;
    if (readIfThere(file) === text) continue;
    replaceFile(file, text, ownRights(0o644));
    changed.push(unitName(config, spec.name));
  }
  const units = specs.map((spec) => unitName(config, spec.name));
  if (changed.length > 0) await systemctl('daemon-reload');
  await systemctl('enable', ...units);
  if (changed.length > 0) await systemctl('restart', ...changed);
  await systemctl('start', ...units);
};

/** Stops the units in the given order and keeps them from starting at boot. */
export const stopUnits = async (config: Config, parts: readonly PartName[]): Promise<void> => {
  for (const part of parts) {
    const unit = unitName(config, part);
    if (readIfThere(path.join(UNIT_FOLDER, unit)) === null) continue;
    await systemctl('disable', '--now', unit);
  }
};

/** For `destroy`: nothing of the units stays. */
export const removeUnits = async (config: Config, parts: readonly PartName[]): Promise<void> => {
  await stopUnits(config, parts);
  for (const part of parts) rmSync(path.join(UNIT_FOLDER, unitName(config, part)), { force: true });
  await systemctl('daemon-reload');
};

export interface UnitFacts {
  readonly active: boolean;
  readonly failed: boolean;
  readonly pid: number | null;
  /** ISO 8601 UTC. */
  readonly since: string | null;
}

export const unitFacts = async (config: Config, part: PartName): Promise<UnitFacts> => {
  const asked = ['--property=ActiveState,MainPID,ActiveEnterTimestamp', '--timestamp=unix', unitName(config, part)];
  const text = await systemctl('show', ...asked);
  const facts = new Map(
    text
      .split('\n')
      .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const state = facts.get('ActiveState') ?? 'inactive';
  const pid = Number(facts.get('MainPID') ?? 0);
  const since = Number((facts.get('ActiveEnterTimestamp') ?? '').slice(1));
  return {
    active: state === 'active',
    failed: state === 'failed' || state === 'activating',
    pid: pid === 0 ? null : pid,
    since: state === 'active' && since > 0 ? new Date(since * 1000).toISOString() : null,
  };
};
