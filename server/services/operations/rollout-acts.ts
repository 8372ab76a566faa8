import { z } from 'zod';
import { AppError } from '../../domain/errors';
import { kodeDesaSchema } from '../../domain/kode-wilayah';
import { ROLLOUT_STATES } from '../../domain/rollout';
import type { LeftOut, RolloutRequest } from '../../domain/rollout-plan';
import { rolloutRequestFields, rolloutRequestSchema } from '../../domain/rollout-request';
import type { Command } from '../rollout-service';
import { amount, id, idParams, kode } from './fields';
import { operation, type OperationContext } from './operation';

const desaOfPlan = { kode, nama: z.string(), kecamatan: z.string(), app: z.string() };
const reason = { reasonCode: z.string(), reason: z.string() };
const leftOut = z.object({ ...desaOfPlan, ...reason });
const leftOutOf = (rows: readonly LeftOut[], sentence: OperationContext['sentence']): z.input<typeof leftOut>[] =>
  rows.map((one) => ({
    kode: one.kode,
    nama: one.nama,
    kecamatan: one.kecamatan,
    app: one.app,
    reasonCode: one.reason.code,
    reason: sentence(one.reason),
  }));

const STARTERS = [
  'desa install',
  'desa update',
  'desa restart',
  'desa stop',
  'desa start',
  'desa domain',
  'desa remove',
] as const;

/** A wrong host is refused at its own field before anything is planned. */
const checkHosts = async ({ deps, actor }: OperationContext, request: RolloutRequest): Promise<void> => {
  if (request.kind !== 'domain') return;
  for (const one of request.kodes) {
    const host = request.hosts[one];
    if (host === undefined)
      throw new AppError('invalid_input', { problem: 'field_missing' }, { field: `hosts.${one}` });
    await deps.desa.checkHost(actor, one, host);
  }
};

export const rolloutPlan = operation({
  name: 'rollout.plan',
  summary: 'What a rollout would do, without doing it; planHash starts exactly this one',
  method: 'post',
  path: '/rollouts/plan',
  action: 'rollout.read',
  cli: ['desa install', 'desa update', 'desa restart', 'desa stop', 'desa start', 'desa domain', 'desa remove'],
  screens: ['get /pembaruan/baru', 'get /pembaruan/rencana', 'post /pembaruan/rencana', 'post /desa/aksi'],
  body: rolloutRequestSchema,
  answer: z.object({
    planHash: z.string(),
    kind: z.string(),
    migrates: z.boolean(),
    releases: z.record(z.string(), z.string().nullable()),
    waves: z.array(amount).readonly(),
    members: z.array(
      z.object({
        ...desaOfPlan,
        host: z.string(),
        wave: amount,
        fromRelease: z.string().nullable(),
        toRelease: z.string().nullable(),
      }),
    ),
    leftOut: z.array(leftOut),
    blocked: z.array(z.object(reason)),
  }),
  async run(context, request) {
    const { deps, actor, sentence } = context;
    await checkHosts(context, request);
    const { plan, planHash } = await deps.rollouts.plan(actor, request);
    const versions = new Map((await deps.transact.read.releases.list()).map((one) => [one.id, one.version] as const));
    const version = (release: string | null): string | null =>
      release === null ? null : (versions.get(release) ?? null);
    return {
      planHash,
      kind: plan.request.kind,
      migrates: plan.migrates,
      releases: Object.fromEntries(Object.entries(plan.releases).map(([app, release]) => [app, version(release)])),
      waves: plan.waves,
      members: plan.members.map(({ kode: code, nama, kecamatan, app, host, wave, fromReleaseId, toReleaseId }) => ({
        ...{ kode: code, nama, kecamatan, app, host, wave },
        fromRelease: version(fromReleaseId),
        toRelease: version(toReleaseId),
      })),
      leftOut: leftOutOf(plan.leftOut, sentence),
      blocked: plan.blocked.map((one) => ({ reasonCode: one.code, reason: sentence(one) })),
    };
  },
});

export const rolloutStart = operation({
  name: 'rollout.start',
  summary: 'Start a rollout: install, update, restart, stop, start, move to another host, or remove desa',
  method: 'post',
  path: '/rollouts',
  action: 'rollout.read',
  cli: [...STARTERS],
  screens: [
    'post /pembaruan',
    'post /desa/:kode/domain',
    'get /desa/:kode/domain',
    'get /desa/:kode/hapus',
    'post /desa/:kode/hapus',
  ],
  status: 202,
  body: z.strictObject({
    ...rolloutRequestFields,
    /** Of rollout.plan: another world than the planned one is refused. */
    planHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .exactOptional(),
    /** Only for remove: the code of the one desa again. */
    confirm: kodeDesaSchema.exactOptional(),
  }),
  answer: z.object({ rolloutId: id, leftOut: z.array(leftOut) }),
  async run(context, { planHash, confirm, ...request }) {
    const { deps, actor, sentence } = context;
    if (request.kind === 'remove') {
      const [only = '', ...more] = request.kodes;
      if (more.length > 0) throw new AppError('invalid_input', { problem: 'one_desa' }, { field: 'kodes' });
      if (confirm !== only) throw new AppError('confirmation_mismatch', { expected: only }, { field: 'confirm' });
    }
    await checkHosts(context, request);
    const { rolloutId, plan } = await deps.rollouts.start(actor, request, planHash ?? null);
    return { rolloutId, leftOut: leftOutOf(plan.leftOut, sentence) };
  },
});

const answer = z.object({ id, state: z.enum(ROLLOUT_STATES) });
interface Control {
  readonly command: Exclude<Command, 'retry'>;
  readonly summary: string;
  readonly screens: readonly [string, ...string[]];
}
const control = ({ command, summary, screens }: Control) =>
  operation({
    name: `rollout.${command}`,
    summary,
    method: 'post',
    path: `/rollouts/{id}/${command}`,
    action: 'rollout.control',
    cli: [`rollout ${command}`],
    screens,
    params: idParams,
    answer,
    async run({ deps, actor }, input) {
      const rollout = await deps.rollouts.command(actor, input.id, command);
      return { id: rollout.id, state: rollout.state };
    },
  });

export const rolloutControls = {
  pause: control({
    command: 'pause',
    summary: 'Start no new desa; running ones finish',
    screens: ['post /pembaruan/:id/jeda'],
  }),
  resume: control({
    command: 'resume',
    summary: 'Go on with a paused or halted rollout',
    screens: ['post /pembaruan/:id/lanjut'],
  }),
  cancel: control({
    command: 'cancel',
    summary: 'End a rollout; what is done stays',
    screens: ['get /pembaruan/:id/batal', 'post /pembaruan/:id/batal'],
  }),
  rollback: control({
    command: 'rollback',
    summary: 'Bring changed desa back to their old release',
    screens: ['get /pembaruan/:id/mundur', 'post /pembaruan/:id/mundur'],
  }),
} as const;

export const rolloutRetry = operation({
  name: 'rollout.retry',
  summary: 'Try again what failed; kode: this desa alone',
  method: 'post',
  path: '/rollouts/{id}/retry',
  action: 'rollout.control',
  cli: ['rollout retry'],
  screens: ['post /pembaruan/:id/ulangi'],
  params: idParams,
  body: z.strictObject({ kode: kodeDesaSchema.exactOptional() }),
  answer,
  async run({ deps, actor }, input) {
    const rollout = await deps.rollouts.command(actor, input.id, 'retry', input.kode ?? null);
    return { id: rollout.id, state: rollout.state };
  },
});
