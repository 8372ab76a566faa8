import { readFile } from 'node:fs/promises';
import type { RolloutDocument } from '../../server/services/read-models/rollout-model';
import { bringRelease } from '../../test/helpers/e2e-release';
import { DOMAIN, sampleOf, type Installation } from '../../test/helpers/e2e-installation';
import { APPS, select } from '../../test/helpers/e2e-world';
import type { StatusDocument } from '../../server/cli/context';
import type { Images } from './bare';

const FIRST = ['2409.0.0', '2410.0.0'] as const;
/** Versions to go through, the samples first; the rest are copies of the newest with another number. */
export const versionsFor = (updates: number): readonly string[] =>
  Array.from({ length: updates + 1 }, (_, at) => FIRST[at] ?? `2410.0.${at - 1}`);

/** One command that must end well; its document. */
export const told = async <T>(installation: Installation, ...argv: readonly string[]): Promise<T> => {
  const { code, document, stderr } = await installation.cli<T>(...argv);
  if (code !== 0) throw new Error(`siappakai ${argv.join(' ')} ended with ${code}\n${stderr}`);
  return document;
};

/** Set up for Kebumen, no observation after a switch; `waves` empty = all desa in one wave. */
export const setUp = async (installation: Installation, waves: string): Promise<void> => {
  const pattern = `{desa}.kec-{kec}.${DOMAIN}`;
  await told(
    installation,
    ...['setup', '--kabupaten', '33.05', '--domain-pattern', pattern, '--admin-email', `ukur@${DOMAIN}`],
  );
  await told(installation, 'settings', 'set', 'soakSeconds', '0');
  await told(installation, 'settings', 'set', 'waves', waves);
};
export const bringReleases = async (installation: Installation, versions: readonly string[]): Promise<void> => {
  for (const version of versions)
    for (const app of APPS)
      if (FIRST.some((one) => one === version))
        await told(installation, 'release', 'import', app, sampleOf(app, version));
      else await bringRelease(installation, { app, from: FIRST[1], version, behaviour: {} });
};
export const imagesOf = async (installation: Installation, version: string): Promise<Images> => {
  const releases = (await installation.read.releases.list()).filter((one) => one.version === version);
  return Object.fromEntries(releases.map(({ app, image }) => [app, { image: image ?? '', version }]));
};
/** The first desa of the kabupaten by their codes: whole kecamatan, one after the other. */
export const firstDesa = async (installation: Installation, count: number): Promise<readonly string[]> =>
  (await installation.read.wilayah.list({ level: 'desa', limit: count })).map((one) => String(one.kode));

/** Seconds of one kind of step over all instances of one app. */
export interface StepSum {
  readonly app: string;
  readonly step: string;
  readonly n: number;
  readonly mean: number;
  readonly longest: number;
}
export interface OurTime {
  readonly rollout: string;
  /** From the command to its end. */
  readonly wall: number;
  readonly stages: Readonly<Record<string, number | null>>;
  /** Seconds of the stage in which desa change. */
  readonly waves: number;
  /** Of it, what schema work took: seconds of its steps, divided by how many desa change at once. */
  readonly schema: number;
  readonly steps: readonly StepSum[];
}
/** Work on schemas and their accounts: a loop over containers has none of it. */
const SCHEMA_STEPS = new Set([
  ...['ensure_tenant_user', 'provision_tenant', 'await_follow_up', 'tenant_defaults'],
  ...['ensure_own_schema', 'dump_own', 'migrate_own'],
]);
const STEP_SQL = `SELECT COALESCE(i.app, d.kind) AS app, s.kind AS step, COUNT(*) AS n,
    AVG(TIMESTAMPDIFF(MICROSECOND, s.started_at, s.ended_at)) / 1e6 AS mean,
    MAX(TIMESTAMPDIFF(MICROSECOND, s.started_at, s.ended_at)) / 1e6 AS longest
  FROM deployment_steps s JOIN deployments d ON d.id = s.deployment_id LEFT JOIN instances i ON i.id = d.subject_id
  WHERE d.rollout_id = ? GROUP BY app, step ORDER BY app, MIN(s.position)`;
const stepsOf = async (installation: Installation, id: string): Promise<readonly StepSum[]> =>
  (await select(installation, STEP_SQL, [id])).map((row) => ({
    app: String(row['app']),
    step: String(row['step']),
    n: Number(row['n']),
    mean: Math.round(Number(row['mean']) * 1000) / 1000,
    longest: Math.round(Number(row['longest']) * 1000) / 1000,
  }));

/** A command that starts a rollout, watched to its end; every member must come through. */
export const measured = async (
  installation: Installation,
  lanes: number,
  ...argv: readonly string[]
): Promise<OurTime> => {
  const began = Date.now();
  const rollout = await told<RolloutDocument>(installation, 'desa', ...argv, '--wait');
  const wall = (Date.now() - began) / 1000;
  if (rollout.counts.done !== rollout.members.length)
    throw new Error(`${argv.join(' ')}: ${JSON.stringify(rollout.counts)}`);
  const steps = await stepsOf(installation, rollout.id);
  const stages = Object.fromEntries(rollout.stages.map((one) => [one.stage, one.seconds]));
  const schema = steps.filter((one) => one.app !== 'follow_up' && SCHEMA_STEPS.has(one.step));
  return {
    rollout: rollout.id,
    wall,
    stages,
    waves: stages['waves'] ?? 0,
    schema: schema.reduce((sum, one) => sum + one.n * one.mean, 0) / lanes,
    steps,
  };
};

const ENGINE_PID = '/var/run/docker.pid';
/** name → process of everything that works besides the villages; `engine` has containerd with it. */
export const controlPlane = async (installation: Installation): Promise<Readonly<Record<string, number>>> => {
  const { parts } = await told<StatusDocument>(installation, 'status');
  const found = parts.flatMap(({ name, pid }): [string, number][] => (pid === null ? [] : [[name, pid]]));
  return { ...Object.fromEntries(found), engine: Number(await readFile(ENGINE_PID, 'utf8')) };
};
