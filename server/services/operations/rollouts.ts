import { z } from 'zod';
import { AppError } from '../../domain/errors';
import { MEMBER_STATES, ROLLOUT_STATES, type Rollout } from '../../domain/rollout';
import { amount, id, idParams, iso, kode, time } from './fields';
import { listOperation } from './list-operation';
import { operation } from './operation';
import { kodeDesaSchema } from '../../domain/kode-wilayah';
import { appName } from '../../domain/rollout-request';

const STAGES = ['check', 'snapshot', 'rehearse', 'migrate', 'waves', 'soak', 'report'] as const;
const KINDS = ['install', 'update', 'restart', 'stop', 'start', 'domain', 'remove', 'rollback'] as const;
const STEP_STATES = ['pending', 'running', 'done', 'skipped', 'failed', 'undone'] as const;
const facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

const rolloutRow = z.object({
  id,
  kind: z.enum(KINDS),
  state: z.enum(ROLLOUT_STATES),
  stage: z.enum(STAGES),
  requestedBy: z.string(),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
});
export const memberDocument = z.object({
  kode,
  nama: z.string(),
  kecamatan: z.string(),
  app: z.string(),
  state: z.enum(MEMBER_STATES),
  wave: amount,
  fromRelease: z.string().nullable(),
  toRelease: z.string().nullable(),
  reasonCode: z.string().nullable(),
  reason: z.string().nullable(),
  reasonParams: facts.nullable(),
  step: amount,
  steps: amount,
  seconds: z.number().nullable(),
  probes: z.object({ sent: amount, failed: amount, held: amount }),
});
const counts = z.object({
  pending: amount,
  running: amount,
  done: amount,
  failed: amount,
  quarantined: amount,
  skipped: amount,
});
export const rolloutDocument = z.object({
  ...rolloutRow.shape,
  kind: z.string(),
  state: z.string(),
  stage: z.string(),
  reasonCode: z.string().nullable(),
  reason: z.string().nullable(),
  releases: z.record(z.string(), z.string().nullable()),
  counts,
  members: z.array(memberDocument).readonly(),
  stages: z
    .array(
      z.object({
        stage: z.string(),
        state: z.string(),
        startedAt: time.nullable(),
        endedAt: time.nullable(),
        seconds: z.number().nullable(),
      }),
    )
    .readonly(),
  lastSeq: amount,
});
const rowOf = (one: Rollout): z.input<typeof rolloutRow> => ({
  id: one.id,
  kind: one.kind,
  state: one.state,
  stage: one.stage,
  requestedBy: one.requestedBy,
  startedAt: iso(one.startedAt),
  endedAt: iso(one.endedAt),
});

export const rolloutList = listOperation({
  name: 'rollout.list',
  summary: 'Rollouts, newest first',
  method: 'get',
  path: '/rollouts',
  action: 'rollout.read',
  cli: ['rollout list'],
  screens: ['get /pembaruan', 'get /'],
  item: rolloutRow,
  key: (one) => one.id,
  order: 'desc',
  columns: [
    { name: 'id', of: (one) => one.id },
    { name: 'kind', of: (one) => one.kind },
    { name: 'state', of: (one) => one.state },
    { name: 'requestedBy', of: (one) => one.requestedBy },
    { name: 'startedAt', of: (one) => one.startedAt },
    { name: 'endedAt', of: (one) => one.endedAt },
  ],
  rows: async ({ deps, actor }, _none, { limit, after }) =>
    (await deps.rolloutModel.list(actor, limit, after)).map(rowOf),
});

export const rolloutShow = operation({
  name: 'rollout.show',
  summary: 'One rollout with its members',
  method: 'get',
  path: '/rollouts/{id}',
  action: 'rollout.read',
  cli: ['rollout show'],
  screens: ['get /pembaruan/:id', 'get /pembaruan/:id/laporan'],
  params: idParams,
  answer: rolloutDocument,
  run: ({ deps, actor, sentence }, input) => deps.rolloutModel.show(actor, input.id, sentence),
});

export const rolloutMember = operation({
  name: 'rollout.member',
  summary: 'One desa of a rollout: its steps and their log',
  method: 'get',
  path: '/rollouts/{id}/members/{kode}',
  action: 'rollout.read',
  cli: ['rollout member'],
  screens: ['get /pembaruan/:id/desa/:kode'],
  params: idParams.extend({ kode: kodeDesaSchema }),
  query: z.strictObject({ app: appName.exactOptional() }),
  answer: z.object({
    member: memberDocument,
    deploymentId: id.nullable(),
    steps: z.array(
      z.object({
        position: amount,
        kind: z.string(),
        state: z.enum(STEP_STATES),
        attempt: amount,
        reasonCode: z.string().nullable(),
        reason: z.string().nullable(),
        startedAt: time.nullable(),
        endedAt: time.nullable(),
      }),
    ),
    log: z.array(z.object({ position: amount, at: time, line: z.string() })),
  }),
  async run({ deps, actor, sentence }, { id: rollout, kode: wanted, app }) {
    const detail = await deps.rolloutModel.member(actor, rollout, wanted, app ?? null, sentence);
    return {
      member: detail.member,
      deploymentId: detail.deploymentId,
      steps: detail.steps.map(({ position, kind, state, attempt, reason, startedAt, endedAt }) => ({
        ...{ position, kind, state, attempt, startedAt: iso(startedAt), endedAt: iso(endedAt) },
        reasonCode: reason?.code ?? null,
        reason: reason === null ? null : sentence(reason),
      })),
      log: detail.log.map(({ position, at, line }) => ({ position, at: at.toISOString(), line })),
    };
  },
});

const eventDocument = z.looseObject({ seq: amount, type: z.string(), at: time });
export const rolloutEvents = operation({
  name: 'rollout.events',
  summary: 'What happened in a rollout, by number without a gap; `after` asks for newer ones only',
  method: 'get',
  path: '/rollouts/{id}/events',
  action: 'rollout.read',
  cli: ['rollout watch'],
  screens: ['get /pembaruan/:id'],
  params: idParams,
  query: z.strictObject({
    after: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(1000).default(1000),
  }),
  answer: z.array(eventDocument),
  async run({ deps }, { id: rollout, after, limit }) {
    const { rollouts, events: kept } = deps.transact.read;
    if ((await rollouts.find(rollout)) === null) throw new AppError('not_found', { what: 'rollout', id: rollout });
    const events = await kept.after(`rollout:${rollout}`, after, limit);
    return events.map(({ seq, type, at, body }) => ({ ...body, seq, type, at: at.toISOString() }));
  },
});
