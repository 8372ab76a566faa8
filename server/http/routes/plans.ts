import { AppError } from '../../domain/errors';
import type { RolloutRequest } from '../../domain/rollout-plan';
import { authorize } from '../../auth/permission';
import { machineFacts } from '../../services/read-models/machine-facts';
import { pastTimes } from '../../services/read-models/past-times';
import { reasonSentence } from '../../texts';
import { errorSentence } from '../../texts/error-sentence';
import type { PlannedRollout } from '../../services/rollout-service';
import { planPage, planWord, plannedDesa, type PlanWish } from '../pages/plan';
import { labelOf } from '../pages/words';
import { filtered, hiddenOf, kindOf, requestOf, scopeOf, type Fields } from '../rollout-request';
import { listFacts } from './desa';
import type { FormState } from '../view-models/common';
import { EMPTY_FORM } from '../view-models/common';
import type { PickModel, PlanModel } from '../view-models/rollouts';
import { speak } from '../visit-words';
import { first, formOf, route, type Route, type Visit } from '../web';

const readyReleases = async (visit: Visit): Promise<PickModel['releases']> => {
  const { words } = await speak(visit);
  const used = await visit.deps.releases.usage();
  const order = words.apps.map((one) => one.name);
  const wanted = first(visit.query('release'));
  const ready = (await visit.deps.releases.list(visit.actor)).filter((one) => one.state === 'ready');
  return ready
    .map((one) => ({
      id: one.id,
      app: one.app,
      label: labelOf(words, one.app),
      version: one.version,
      channel: one.channel,
      verdict: 'untested' as const,
      usedBy: used.get(one.id) ?? 0,
      readyAt: (one.readyAt ?? one.createdAt).toISOString(),
    }))
    .sort(
      (left, right) =>
        Number(right.id === wanted) - Number(left.id === wanted) ||
        order.indexOf(left.app) - order.indexOf(right.app) ||
        right.version.localeCompare(left.version, 'en', { numeric: true }),
    );
};

const pick = async (visit: Visit, fields: Fields, form: FormState, status = 200): Promise<void> => {
  const action = first(fields('action')) === 'install' ? 'install' : 'update';
  authorize(visit.actor, action === 'install' ? 'desa.install' : 'desa.update', first(fields('kode')) || undefined);
  const facts = await listFacts(visit);
  const all = facts.desa;
  const chosen = new Set(fields('kode'));
  const query = fields('query')[0] ?? null;
  const open = new Set(scopeOf(action, (name) => (name === 'cakupan' ? ['semua'] : []), facts));
  const kecamatan = new Map<string, { readonly nama: string; count: number }>();
  for (const one of all.filter(({ kode }) => open.has(kode))) {
    const known = kecamatan.get(one.kecamatanKode) ?? { nama: one.kecamatan, count: 0 };
    kecamatan.set(one.kecamatanKode, { ...known, count: known.count + 1 });
  }
  await visit.render(
    'rollouts/pick',
    {
      action,
      releases: await readyReleases(visit),
      kecamatan: [...kecamatan].map(([kode, { nama, count }]) => ({ kode, nama, count })),
      total: open.size,
      selected: all
        .filter((one) => chosen.has(one.kode))
        .map(({ kode, nama, kecamatan: where }) => ({ kode, nama, kecamatan: where })),
      filterQuery: query,
      filterCount: query === null ? 0 : filtered(facts, query).length,
      form,
    },
    status,
  );
};

/** Where a person goes back to change the choice. */
const backOf = (fields: Fields): string => {
  const action = first(fields('action'));
  const query = new URLSearchParams();
  for (const name of ['action', 'release', 'kode', 'query', 'cakupan'])
    fields(name).forEach((value) => query.append(name, value));
  return action === 'install' || action === 'update' ? `/pembaruan/baru?${query.toString()}` : '/desa';
};

/** Only an update migrates; an app that others share a database with is the plan's own matter. */
const ownSchemasOf = ({ deps }: Visit, { plan }: PlannedRollout): readonly string[] => {
  const names = new Set(plan.request.kind === 'update' ? plan.members.map((one) => one.app) : []);
  return [...names].flatMap((name) => {
    const app = deps.apps.get(name);
    return app?.database === 'own' ? [app.label] : [];
  });
};

/** What the dump before a migration needs and has. */
const roomOf = async ({ deps }: Visit): Promise<PlanWish['room']> => {
  const [facts, { disk }] = await Promise.all([deps.transact.read.databaseFacts.all(), machineFacts(deps.uploads)]);
  const sizes = [...facts.values()].flatMap((one) => one.bytes ?? []);
  if (disk === null || sizes.length === 0) return null;
  return { schema: sizes.reduce((sum, one) => sum + one, 0), free: disk.total - disk.used };
};

interface Shown {
  readonly step: PlanModel['step'];
  readonly changed: boolean;
  readonly form: FormState;
  readonly status: number;
}
const showPlan = async (visit: Visit, fields: Fields, planned: PlannedRollout, shown: Shown): Promise<void> => {
  const { words } = await speak(visit);
  const versions = new Map((await visit.deps.releases.list(visit.actor)).map((one) => [one.id, one.version] as const));
  const { step, changed, form, status } = shown;
  const model = planPage(planned, words, {
    step,
    changed,
    hidden: hiddenOf(fields),
    back: backOf(fields),
    form,
    versions,
    ownSchemas: ownSchemasOf(visit, planned),
    past: await pastTimes(visit.deps.transact.read, planned.plan.request.kind, null),
    room: await roomOf(visit),
  });
  await visit.render('rollouts/plan', model, status);
};

/** A choice that cannot be planned goes back to the pick page with its sentence; the values stay. */
const refused = async (visit: Visit, fields: Fields, message: string, field: string): Promise<void> => {
  const form = { ...formOf({}, [{ field, message }]), values: valuesOf(fields) };
  await pick(visit, fields, form, 422);
};
const valuesOf = (fields: Fields): FormState['values'] =>
  Object.fromEntries(['release', 'cakupan', 'kecamatan', 'kode'].map((name) => [name, fields(name)] as const));
const isPicked = (fields: Fields): boolean => ['install', 'update'].includes(first(fields('action')));

const planned = async (visit: Visit, fields: Fields): Promise<{ request: RolloutRequest; plan: PlannedRollout }> => {
  const request = await requestOf(visit, fields);
  return { request, plan: await visit.deps.rollouts.plan(visit.actor, request) };
};
const FIELD: Readonly<Record<string, string>> = { kode: 'cakupan' };

const preview = async (visit: Visit, fields: Fields): Promise<void> => {
  try {
    const { plan } = await planned(visit, fields);
    const problem = plan.plan.blocked[0];
    if (problem !== undefined) {
      if (!isPicked(fields)) throw new AppError('rollout_blocked', { ...problem.params, problem: problem.code });
      const { what, next } = reasonSentence(visit.t, problem);
      await refused(visit, fields, `${what} ${next}`, 'release');
      return;
    }
    const confirming = first(fields('langkah')) === 'konfirmasi' && plan.plan.members.length > 0;
    const seen = first(fields('planHash'));
    const changed = seen !== '' && seen !== plan.planHash;
    const step = confirming && !changed ? 'confirm' : 'plan';
    await showPlan(visit, fields, plan, { step, changed, form: EMPTY_FORM, status: changed ? 409 : 200 });
  } catch (error) {
    if (!(error instanceof AppError) || error.field === null || !isPicked(fields)) throw error;
    const { what, next } = errorSentence(visit.locale, error);
    await refused(visit, fields, `${what} ${next}`, FIELD[error.field] ?? error.field);
  }
};

/** Starts exactly what was shown; a world that changed meanwhile shows the new plan instead. */
const start = async (visit: Visit): Promise<void> => {
  const fields: Fields = (name) => visit.body(name);
  kindOf(fields);
  const { request, plan } = await planned(visit, fields);
  const { words } = await speak(visit);
  const seen = first(fields('planHash'));
  const changed = (): Promise<void> =>
    showPlan(visit, fields, plan, { step: 'plan', changed: true, form: EMPTY_FORM, status: 409 });
  if (seen !== plan.planHash) return changed();
  const expected = planWord(request.kind, plannedDesa(plan.plan.members), words);
  const typed = first(fields('confirm')).trim();
  if (typed !== expected) {
    const errors = [{ field: 'confirm', message: words.t.web.forms.typed(expected) }];
    const form = { values: { confirm: typed }, errors };
    return showPlan(visit, fields, plan, { step: 'confirm', changed: false, form, status: 422 });
  }
  try {
    const { rolloutId } = await visit.deps.rollouts.start(visit.actor, request, seen);
    visit.go(`/pembaruan/${rolloutId}`, words.t.web.notices.started);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'stale') throw error;
    await changed();
  }
};

/** A restart, stop or start has nothing to pick: its plan comes at once. */
const begin = (visit: Visit): Promise<void> => {
  const fields: Fields = (name) => visit.query(name);
  const action = first(fields('action'));
  return action === '' || isPicked(fields) ? pick(visit, fields, EMPTY_FORM) : preview(visit, fields);
};

/** The service asks again for the right of each desa; reading rollouts is the least a visitor needs. */
export const planRoutes: readonly Route[] = [
  route('get', '/pembaruan/baru', 'rollout.read', begin),
  route('get', '/pembaruan/rencana', 'rollout.read', (visit) => preview(visit, (name) => visit.query(name))),
  route('post', '/pembaruan/rencana', 'rollout.read', (visit) => preview(visit, (name) => visit.body(name))),
  route('post', '/pembaruan', 'rollout.read', start),
];
