/**
 * Installs real OpenSID for ever more desa and says what one costs:
 * `npx tsx bench/real-install.ts --from DIR@TAG [--desa 10,20,40] [--out FOLDER]`.
 * See bench/README.md. Exit 1 when the seconds per desa are not flat, or the follow-up migration ran more or less than once.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { sourceOf } from '../server/cli/demo';
import { controlUrl } from '../server/parts/addresses';
import type { DesaDocument } from '../server/services/read-models/desa-model';
import type { RolloutDocument } from '../server/services/read-models/rollout-model';
import { machineBefore, writeResult } from './fleet/results';
import { makePlace, type Place } from './real-update-place';
import { memInfo } from './rollout/limits';
import { FLAT_TARGET, flatness } from './rollout/report';
import { say, timed } from './rollout/say';

interface Installed {
  readonly desa: number;
  readonly secondsPerDesa: number;
  /** The empty schema of the release, before any desa. */
  readonly prepareSeconds: number;
  readonly wavesSeconds: number;
  readonly followUps: readonly { readonly state: string; readonly seconds: number }[];
  /** Steps of the desa: middle of all, seconds. */
  readonly steps: Readonly<Record<string, number>>;
  /** What is no longer available for every desa that came. */
  readonly mebibytesPerDesa: number;
  readonly healthy: number;
  readonly seconds: Readonly<Record<string, number | null>>;
}

const SECONDS = 'TIMESTAMPDIFF(MICROSECOND, s.started_at, s.ended_at) / 1e6';
const STEPS = `SELECT d.kind AS work, s.kind AS step, d.state AS state, ${SECONDS} AS seconds
  FROM deployment_steps s JOIN deployments d ON d.id = s.deployment_id WHERE d.rollout_id = ? ORDER BY s.position`;
const stepsOf = async (place: Place, rollout: string): Promise<readonly RowDataPacket[]> => {
  const connection = await createConnection({ uri: controlUrl(place.config()) });
  try {
    return (await connection.query<RowDataPacket[]>(STEPS, [rollout]))[0];
  } finally {
    await connection.end();
  }
};
const middles = (rows: readonly RowDataPacket[]): Readonly<Record<string, number>> => {
  const all = new Map<string, number[]>();
  for (const row of rows.filter((one) => one['work'] === 'install'))
    all.set(String(row['step']), [...(all.get(String(row['step'])) ?? []), Number(row['seconds'])]);
  const middle = (values: readonly number[]): number =>
    Math.round(([...values].sort((left, right) => left - right)[values.length >> 1] ?? 0) * 100) / 100;
  return Object.fromEntries([...all].map(([step, values]) => [step, middle(values)]));
};

const DOMAIN = '{desa}.kec-{kec}.nyata.localhost';
const bring = async (place: Place, from: string, seconds: Record<string, number | null>): Promise<void> => {
  await timed(seconds, 'up', () => place.run('up', '--yes'));
  await place.run('setup', '--kabupaten', '33.05', '--domain-pattern', DOMAIN, '--admin-email', 'ukur@nyata.localhost');
  const { location, tag } = sourceOf(from);
  await timed(seconds, 'bring the release', () =>
    place.run('release', 'import', 'opensid', location, ...(tag === null ? [] : ['--tag', tag])),
  );
};
const install = async (place: Place, count: number, from: string): Promise<Installed> => {
  const seconds: Record<string, number | null> = {};
  await bring(place, from, seconds);
  const regions = await place.run<readonly { readonly kode: string }[]>('wilayah', 'list', '--limit', String(count));
  const kodes = regions.map((one) => one.kode);
  const before = memInfo('MemAvailable');
  const rollout = await timed(seconds, `install ${count} desa`, () =>
    place.run<RolloutDocument>('desa', 'install', ...kodes, '--app', 'opensid', '--wait'),
  );
  const rows = await stepsOf(place, rollout.id);
  const desa = await place.run<readonly DesaDocument[]>('desa', 'list');
  const stage = (name: string): number => rollout.stages.find((one) => one.stage === name)?.seconds ?? 0;
  const followUps = rows
    .filter((one) => one['work'] === 'follow_up')
    .map((one) => ({ state: String(one['state']), seconds: Math.round(Number(one['seconds']) * 10) / 10 }));
  return {
    desa: count,
    secondsPerDesa: Math.round((stage('waves') / count) * 100) / 100,
    prepareSeconds: stage('migrate'),
    wavesSeconds: stage('waves'),
    followUps,
    steps: middles(rows),
    mebibytesPerDesa: Math.round((before - memInfo('MemAvailable')) / count),
    healthy: desa.filter((one) => one.status === 'healthy').length,
    seconds,
  };
};
const once = async (count: number, from: string, log: string): Promise<Installed> => {
  const place = await makePlace(log);
  try {
    const installed = await install(place, count, from);
    say(JSON.stringify(installed));
    return installed;
  } finally {
    await place.leave();
  }
};

const main = async (): Promise<number> => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { from: text, desa: text, out: text } });
  const sizes = (values.desa ?? '10,20,40').split(',').map(Number);
  if (values.from === undefined || !sizes.every((one) => Number.isInteger(one) && one > 0)) {
    console.error('real-install --from DIR@TAG [--desa 10,20,40] [--out FOLDER]');
    return 2;
  }
  const out = values.out === undefined ? null : path.resolve(values.out);
  if (out !== null) mkdirSync(out, { recursive: true });
  const before = machineBefore();
  const all: Installed[] = [];
  for (const size of sizes) all.push(await once(size, values.from, path.join(out ?? '/tmp', 'real-install.log')));
  const flat = flatness(all.map((one) => one.secondsPerDesa));
  writeResult('real-install', before, { from: values.from, flat, sizes: all }, out);
  process.stdout.write(`${JSON.stringify({ flat, target: FLAT_TARGET, sizes: all }, null, 2)}\n`);
  const right = all.every(
    ({ followUps, healthy, desa }) => followUps.length === 1 && followUps[0]?.state === 'succeeded' && healthy === desa,
  );
  return right && flat <= FLAT_TARGET ? 0 : 1;
};
void main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
