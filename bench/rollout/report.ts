import type { BareTime } from './bare';
import type { Limit, Weight } from './limits';
import type { OurTime } from './ours';
import type { Used } from './use';

export interface Round {
  readonly desa: number;
  readonly from: string;
  readonly to: string;
  readonly first: 'ours' | 'bare';
  readonly ours: OurTime;
  readonly bare: { readonly install: BareTime; readonly update: BareTime };
  /** While ours worked. */
  readonly used: Readonly<Record<string, Used>>;
}
export interface Size {
  readonly desa: number;
  /** Desa that were installed to get there. */
  readonly added: number;
  readonly install: OurTime;
  readonly rounds: readonly Round[];
  readonly weight: Weight;
}
export interface Result {
  readonly apps: number;
  readonly lanes: number;
  readonly sizes: readonly Size[];
  readonly seconds: Readonly<Record<string, number | null>>;
  readonly empty: Weight;
  readonly limits: readonly Limit[];
  readonly grown: Readonly<Record<string, number>>;
}

export const UPDATE_TARGET = 1.25;
export const FLAT_TARGET = 1.3;
const middle = (values: readonly number[]): number => {
  const sorted = [...values].sort((left, right) => left - right);
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? NaN, sorted[sorted.length >> 1] ?? NaN];
  return (low + high) / 2;
};
const net = (time: OurTime): number => time.waves - time.schema;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

export interface Verdict {
  readonly desa: number;
  /** Update, ours to bare, schema work apart: middle of the rounds, and each. */
  readonly update: number;
  readonly updates: readonly number[];
  /** The same with the schema work of each desa. */
  readonly updateWithSchema: number;
  readonly install: number;
  readonly installWithSchema: number;
  readonly installSecondsPerDesa: number;
  readonly updateSecondsPerDesa: number;
}
export const verdictOf = ({ desa, added, install, rounds }: Size): Verdict => {
  const updates = rounds.map(({ ours, bare }) => net(ours) / bare.update.seconds);
  // The loop makes all desa, ours those that were added.
  const bareInstall = middle(rounds.map(({ bare }) => bare.install.seconds)) * (added / desa);
  return {
    desa,
    update: round(middle(updates)),
    updates: updates.map((one) => round(one)),
    updateWithSchema: round(middle(rounds.map(({ ours, bare }) => ours.waves / bare.update.seconds))),
    install: round(net(install) / bareInstall),
    installWithSchema: round(install.waves / bareInstall),
    installSecondsPerDesa: round(install.waves / added),
    updateSecondsPerDesa: round(middle(rounds.map(({ ours }) => ours.waves)) / desa),
  };
};
/** Largest to smallest. */
export const flatness = (values: readonly number[]): number => round(Math.max(...values) / Math.min(...values));

const spread = (name: string, { n, mean, longest, app, step }: OurTime['steps'][number]): string =>
  `  ${name} ${app.padEnd(8)} ${step.padEnd(18)} n ${String(n).padStart(3)}  mean ${mean.toFixed(3)} s  longest ${longest.toFixed(3)} s`;
const bareLine = ({ seconds, acts }: BareTime): string => {
  const mean = (of: (act: BareTime['acts'][number]) => number): string =>
    (acts.reduce((sum, act) => sum + of(act), 0) / acts.length / 1000).toFixed(3);
  return `${seconds.toFixed(1)} s; create ${mean((act) => act.create)}, start ${mean((act) => act.start)}, until it answers ${mean((act) => act.answer)}, stop and remove ${mean((act) => act.drop)}`;
};
const usedLine = (used: Readonly<Record<string, Used>>): string =>
  Object.entries(used)
    .map(([name, one]) => `${name} ${one.cpuSeconds} s CPU, ${one.peakMiB} MiB`)
    .join(' · ');
const sizeLines = (size: Size): readonly string[] => [
  '',
  `${size.desa} desa (${size.added} added): ${JSON.stringify(verdictOf(size))}`,
  `  install ${size.install.waves.toFixed(1)} s, schema work of the desa ${size.install.schema.toFixed(1)} s of it`,
  ...size.install.steps.map((one) => spread('install', one)),
  ...size.rounds.flatMap(({ from, to, first, ours, bare, used }) => [
    `  ${from} → ${to}, ${first} first: ours ${ours.waves.toFixed(1)} s (schema work ${ours.schema.toFixed(1)} s of it), stages ${JSON.stringify(ours.stages)}`,
    `    bare install ${bareLine(bare.install)}`,
    `    bare update  ${bareLine(bare.update)}`,
    ...ours.steps.map((one) => spread('  ours', one)),
    `    used ${usedLine(used)}`,
    `    used by the bare update ${usedLine(bare.update.used)}`,
  ]),
];

/** For people. */
export const written = (result: Result): string => {
  const verdicts = result.sizes.map(verdictOf);
  return `${[
    `${result.apps} apps a desa, ${result.lanes} at once; seconds ${JSON.stringify(result.seconds)}`,
    ...result.sizes.flatMap(sizeLines),
    '',
    `flat (largest to smallest, target ${FLAT_TARGET}): install ${flatness(verdicts.map((one) => one.installSecondsPerDesa))}, update ${flatness(verdicts.map((one) => one.updateSecondsPerDesa))}`,
    `update to bare loop (target ${UPDATE_TARGET}): ${verdicts.map((one) => `${one.desa} desa ${one.update}`).join(', ')}`,
    '',
    `852 desa would be ${JSON.stringify(result.grown)}; what ends first:`,
    ...[...result.limits]
      .sort((left, right) => left.containers - right.containers)
      .map((one) => `  ${String(one.containers).padStart(8)} containers  ${one.what}: ${one.formula}`),
  ].join('\n')}\n`;
};
