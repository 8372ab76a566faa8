import { z } from 'zod';
import { AppError } from '../../domain/errors';
import type { RolloutRequest } from '../../domain/rollout-plan';
import type { DesaFilter } from '../../services/read-models/desa-model';
import { reasonSentence } from '../../texts';
import { first, route, type Route, type Visit } from '../web';

const FILTERS = ['kecamatan', 'status', 'app', 'release', 'search', 'jenis'] as const;
const filterOf = (visit: Visit): DesaFilter => {
  const given = FILTERS.flatMap((name) =>
    visit.query(name).length === 0 ? [] : [[name, first(visit.query(name))] as const],
  );
  return { ...Object.fromEntries(given), installed: first(visit.query('installed')) === 'only' ? 'only' : 'all' };
};
const requestSchema = z.strictObject({
  kind: z.enum(['install', 'update', 'restart', 'stop', 'start', 'domain', 'remove']),
  kodes: z.array(z.string()).min(1),
  apps: z.array(z.string()).default([]),
  releases: z.record(z.string(), z.string()).default({}),
  hosts: z.record(z.string(), z.string()).default({}),
});
const requestOf = (body: unknown): RolloutRequest => {
  const parsed = requestSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AppError('invalid_input', { problem: issue?.code ?? 'shape' }, { field: issue?.path.join('.') ?? '' });
};
const send = (visit: Visit, value: unknown, status = 200): void => {
  visit.response.status(status).type('application/json').send(JSON.stringify(value));
};

/** The REST mirror of the terminal: the same field names. */
export const apiRoutes: readonly Route[] = [
  route('get', '/api/v1/desa', 'desa.read', async (visit) =>
    send(visit, await visit.deps.desaModel.list(visit.actor, filterOf(visit))),
  ),
  route('get', '/api/v1/desa/:kode', 'desa.read', async (visit) =>
    send(visit, await visit.deps.desaModel.show(visit.actor, visit.param('kode'))),
  ),
  route('get', '/api/v1/rollouts', 'rollout.read', async (visit) =>
    send(
      visit,
      (await visit.deps.rolloutModel.list(visit.actor, 50)).map((one) => ({
        id: one.id,
        kind: one.kind,
        state: one.state,
        stage: one.stage,
        requestedBy: one.requestedBy,
        startedAt: one.startedAt?.toISOString() ?? null,
        endedAt: one.endedAt?.toISOString() ?? null,
      })),
    ),
  ),
  route('get', '/api/v1/rollouts/:id', 'rollout.read', async (visit) =>
    send(
      visit,
      await visit.deps.rolloutModel.show(
        visit.actor,
        visit.param('id'),
        (reason) => reasonSentence(visit.t, reason).what,
      ),
    ),
  ),
  route('post', '/api/v1/rollouts', 'rollout.read', async (visit) => {
    const { rolloutId } = await visit.deps.rollouts.start(visit.actor, requestOf(visit.request.body), null);
    send(visit, { rolloutId }, 202);
  }),
];
