/**
 * Installs and updates against a loop that only makes containers:
 * `npx tsx bench/rollout-ratio.ts [--desa 20] [--rounds 2] [--waves []] [--out FOLDER] [--keep]`.
 * See bench/README.md. Exit 1 when a target is missed, 2 when it was called wrongly.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadSettings } from '../server/services/setting-service';
import { makeInstallation, type Installation } from '../test/helpers/e2e-installation';
import { APPS } from '../test/helpers/e2e-world';
import { machineBefore, writeResult } from './fleet/results';
import { bareRound, clearBare, readModels } from './rollout/bare';
import { grown, limitsOf, weigh } from './rollout/limits';
import {
  bringReleases,
  controlPlane,
  firstDesa,
  imagesOf,
  measured,
  setUp,
  versionsFor,
  type OurTime,
} from './rollout/ours';
import {
  FLAT_TARGET,
  flatness,
  UPDATE_TARGET,
  verdictOf,
  written,
  type Result,
  type Round,
  type Size,
} from './rollout/report';
import { say, timed } from './rollout/say';
import { watchUse } from './rollout/use';

interface Options {
  readonly desa: readonly number[];
  readonly rounds: number;
  readonly waves: string;
  readonly out: string | null;
  readonly keep: boolean;
}
const optionsOf = (argv: readonly string[]): Options | null => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: { desa: text, rounds: text, waves: text, out: text, keep: { type: 'boolean' } },
  });
  const { desa = '20', rounds = '2', waves = '[]', out, keep = false } = values;
  const sizes = desa.split(',').map(Number);
  const rising = sizes.every((one, at) => Number.isInteger(one) && one > (sizes[at - 1] ?? 0));
  if (!rising || !/^[1-9]$/.test(rounds)) return null;
  return { desa: sizes, rounds: Number(rounds), waves, out: out === undefined ? null : path.resolve(out), keep };
};

interface Bench {
  readonly installation: Installation;
  readonly lanes: number;
  readonly roots: Readonly<Record<string, number>>;
}
const updateAll = async ({ installation, lanes, roots }: Bench, to: string) => {
  const use = watchUse(roots);
  const others = APPS.slice(1).flatMap((app) => ['--release', `${app}@${to}`]);
  const ours = await measured(installation, lanes, 'update', `${APPS[0]}@${to}`, ...others, '--all');
  return { ours, used: use.stop() };
};
const roundOf = async (bench: Bench, desa: number, from: string, to: string, first: Round['first']): Promise<Round> => {
  const { installation } = bench;
  const bare = async () => {
    say(`  bare loop ${from} → ${to}`);
    const [models, old, fresh] = await Promise.all([
      readModels(installation),
      imagesOf(installation, from),
      imagesOf(installation, to),
    ]);
    return bareRound(models, old, fresh, bench);
  };
  const ours = () => {
    say(`  ours ${from} → ${to}`);
    return updateAll(bench, to);
  };
  if (first === 'ours') {
    const own = await ours();
    return { desa, from, to, first, ...own, bare: await bare() };
  }
  const loop = await bare();
  return { desa, from, to, first, ...(await ours()), bare: loop };
};
const installTo = async ({ installation, lanes }: Bench, desa: number, version: string): Promise<[number, OurTime]> => {
  const there = new Set((await installation.read.desa.all()).map((one) => one.kode));
  const missing = (await firstDesa(installation, desa)).filter((kode) => !there.has(kode));
  say(`install ${missing.length} desa`);
  const releases = APPS.flatMap((app) => ['--release', `${app}@${version}`]);
  return [missing.length, await measured(installation, lanes, 'install', ...missing, ...releases)];
};

const prove = async (installation: Installation, options: Options): Promise<Result> => {
  const seconds: Record<string, number | null> = {};
  const versions = versionsFor(options.desa.length * options.rounds);
  await timed(seconds, 'set up', () => setUp(installation, options.waves));
  await timed(seconds, 'bring releases, images made', () => bringReleases(installation, versions));
  const lanes = (await loadSettings(installation.read)).parallel;
  const bench: Bench = { installation, lanes, roots: await controlPlane(installation) };
  const empty = await weigh(installation);
  const sizes: Size[] = [];
  let at = 0;
  for (const desa of options.desa) {
    const [added, install] = await installTo(bench, desa, versions[at] ?? '');
    const weight = await weigh(installation);
    const rounds: Round[] = [];
    for (let round = 0; round < options.rounds; round += 1, at += 1)
      rounds.push(
        await roundOf(bench, desa, versions[at] ?? '', versions[at + 1] ?? '', round % 2 === 0 ? 'ours' : 'bare'),
      );
    sizes.push({ desa, added, install, rounds, weight });
  }
  const last = sizes.at(-1)?.weight ?? empty;
  const [limits, more] = [await limitsOf(empty, last), grown(empty, last)];
  return { apps: APPS.length, lanes, sizes, seconds, empty, limits, grown: more };
};

const isMet = ({ sizes }: Result): boolean => {
  const verdicts = sizes.map(verdictOf);
  return (
    verdicts.every((one) => one.update <= UPDATE_TARGET) &&
    flatness(verdicts.map((one) => one.installSecondsPerDesa)) <= FLAT_TARGET &&
    flatness(verdicts.map((one) => one.updateSecondsPerDesa)) <= FLAT_TARGET
  );
};
const main = async (): Promise<number> => {
  const options = optionsOf(process.argv.slice(2));
  if (options === null) {
    console.error('rollout-ratio [--desa 10,20,40] [--rounds 1-9] [--waves JSON] [--out FOLDER] [--keep]');
    return 2;
  }
  const before = machineBefore();
  const installation = await makeInstallation();
  say(`installation ${installation.name}`);
  try {
    const result = await prove(installation, options);
    writeResult('rollout-ratio', before, result, options.out);
    if (options.out !== null) {
      mkdirSync(options.out, { recursive: true });
      writeFileSync(path.join(options.out, 'rollout-ratio.txt'), written(result));
    }
    process.stdout.write(written(result));
    return isMet(result) ? 0 : 1;
  } finally {
    await clearBare();
    if (options.keep) say(`kept: ${installation.place.folder}`);
    else await installation.destroy();
  }
};
void main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
