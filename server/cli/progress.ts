import { setTimeout as sleep } from 'node:timers/promises';
import type { Reason } from '../domain/deployment';
import type { RolloutDocument } from '../services/read-models/rollout-model';
import type { Cli, Session } from './context';

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
    for (const event of await session.events(`rollout:${id}`, last)) {
      last = event.seq;
      if (print === 'json')
        cli.out.document({ seq: event.seq, type: event.type, at: event.at.toISOString(), ...event.body });
      if (print === 'lines') {
        const text = lineOf(cli, event.type, event.body);
        if (text !== null) cli.out.progress(text);
      }
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

/** Starts, and with --wait follows to the end. Prints the id or the finished document. */
export const startAndWatch = async (
  cli: Cli,
  session: Session,
  request: Parameters<Session['rollouts']['start']>[1],
  wait: 'wait' | 'return',
): Promise<number> => {
  const { rolloutId, plan } = await session.rollouts.start(cli.actor, request, null);
  for (const left of plan.leftOut)
    cli.out.progress(`   ${left.nama} (${left.kecamatan}) ${left.app}: ${cli.out.reason(left.reason)}`);
  if (wait === 'return') {
    cli.out.document({ rolloutId });
    cli.out.line(rolloutId);
    return 0;
  }
  const document = await follow(cli, session, rolloutId, 'lines');
  cli.out.document(document);
  cli.out.line(summary(document));
  return exitOf(document);
};
export const summary = (document: RolloutDocument): string => {
  const { counts } = document;
  const time =
    document.startedAt === null
      ? ''
      : ` ${Math.round(((document.endedAt === null ? Date.now() : Date.parse(document.endedAt)) - Date.parse(document.startedAt)) / 1000)} s`;
  return `${document.id} ${document.kind}: ${document.state}${time} — done ${counts.done}, failed ${counts.failed}, quarantined ${counts.quarantined}, skipped ${counts.skipped}`;
};
