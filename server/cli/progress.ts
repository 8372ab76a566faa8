import { setTimeout as sleep } from 'node:timers/promises';
import type { Reason } from '../domain/deployment';
import type { RolloutDocument } from '../services/read-models/rollout-model';
import { rolloutPlan, rolloutStart } from '../services/operations/rollout-acts';
import { rolloutEvents } from '../services/operations/rollouts';
import type { Cli, Session } from './context';
import { table } from './output';
import { contextOf } from './perform';

const POLL_MS = 400;
export const isEnded = (state: string): boolean =>
  ['completed', 'failed', 'cancelled', 'rolled_back', 'halted', 'paused'].includes(state);

/** Follows a rollout to its end: one line per event, to stderr (or JSON lines to stdout for `watch --json`). */
export const follow = async (
  cli: Cli,
  session: Session,
  id: string,
  print: 'lines' | 'json' | 'quiet',
): Promise<RolloutDocument> => {
  const sentence = (reason: Reason): string => cli.out.reason(reason);
  for (let last = 0; ;) {
    const document = await session.rolloutModel.show(cli.actor, id, sentence);
    for (const event of await rolloutEvents.call(contextOf(cli, session), { id, after: last })) {
      last = event.seq;
      if (print === 'json') cli.out.document(event);
      const text = print === 'lines' ? lineOf(cli, event.type, event) : null;
      if (text !== null) cli.out.progress(text);
    }
    if (isEnded(document.state) && last >= document.lastSeq) return document;
    await sleep(POLL_MS);
  }
};
const lineOf = (cli: Cli, type: string, body: Readonly<Record<string, unknown>>): string | null => {
  if (type === 'rollout.state')
    return `== ${String(body['state'])} (${String(body['stage'])})${reasonText(cli, body['reason'])}`;
  if (type === 'member.state')
    return `   ${String(body['nama'])} (${String(body['kecamatan'])}) ${String(body['app'])}: ${String(body['state'])}${reasonText(cli, body['reason'])}`;
  return null;
};
const reasonText = (cli: Cli, reason: unknown): string =>
  reason === null || reason === undefined ? '' : ` — ${cli.out.reason(reason as Reason)}`;

/** Exit code of a finished rollout: 1 when something in it failed. */
export const exitOf = (document: RolloutDocument): 0 | 1 =>
  (document.state === 'completed' || document.state === 'rolled_back') &&
  document.counts.failed + document.counts.quarantined === 0
    ? 0
    : 1;

export interface StartOptions {
  readonly wait?: boolean;
  readonly plan?: boolean;
  /** The code of a desa again, where it is taken away. */
  readonly confirm?: string;
}
type Request = Parameters<typeof rolloutPlan.call>[1];

/** Starts, and with --wait follows to the end; with --plan only says what would happen. */
export const startAndWatch = async (
  cli: Cli,
  session: Session,
  request: Request,
  options: StartOptions,
): Promise<number> => {
  const context = contextOf(cli, session);
  if (options.plan === true) return printPlan(cli, await rolloutPlan.call(context, request));
  const { confirm } = options;
  const started = await rolloutStart.call(context, { ...request, ...(confirm === undefined ? {} : { confirm }) });
  for (const left of started.leftOut) cli.out.progress(leftOutLine(left));
  if (options.wait !== true) {
    cli.out.document(started);
    cli.out.line(started.rolloutId);
    return 0;
  }
  const document = await follow(cli, session, started.rolloutId, 'lines');
  cli.out.document(document);
  cli.out.line(summary(document));
  return exitOf(document);
};
const leftOutLine = (one: { nama: string; kecamatan: string; app: string; reason: string }): string =>
  `   ${one.nama} (${one.kecamatan}) ${one.app}: ${one.reason}`;

const printPlan = (cli: Cli, plan: Awaited<ReturnType<typeof rolloutPlan.call>>): number => {
  cli.out.document(plan);
  for (const line of table(
    plan.members.map((one) => [
      one.kode,
      one.nama,
      one.app,
      `${one.fromRelease ?? '—'} → ${one.toRelease ?? '—'}`,
      `#${one.wave}`,
      one.host,
    ]),
  ))
    cli.out.line(line);
  for (const left of plan.leftOut) cli.out.progress(leftOutLine(left));
  for (const one of plan.blocked) cli.out.progress(one.reason);
  return plan.blocked.length === 0 ? 0 : 1;
};
export const summary = (document: RolloutDocument): string => {
  const { counts } = document;
  const time =
    document.startedAt === null
      ? ''
      : ` ${Math.round(((document.endedAt === null ? Date.now() : Date.parse(document.endedAt)) - Date.parse(document.startedAt)) / 1000)} s`;
  return `${document.id} ${document.kind}: ${document.state}${time} — done ${counts.done}, failed ${counts.failed}, quarantined ${counts.quarantined}, skipped ${counts.skipped}`;
};
