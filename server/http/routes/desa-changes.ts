import { AppError } from '../../domain/errors';
import type { RolloutRequest } from '../../domain/rollout-plan';
import { errorSentence } from '../../texts/error-sentence';
import { EMPTY_FORM, type ConfirmModel, type DesaRef, type FormState } from '../view-models/common';
import { first, formOf, type Visit } from '../web';
import { desaFacts } from './desa-facts';
import { refusedForm } from './refused';

const start = async (visit: Visit, kind: 'domain' | 'remove', hosts: RolloutRequest['hosts']): Promise<void> => {
  const request: RolloutRequest = { kind, kodes: [visit.param('kode')], apps: [], releases: {}, hosts };
  const { rolloutId } = await visit.deps.rollouts.start(visit.actor, request, null);
  visit.go(`/pembaruan/${rolloutId}`);
};

/** What was typed: nothing yet, the name, or something else. */
const typedName = (visit: Visit, nama: string): 'not_yet' | 'same' | 'other' => {
  const typed = visit.body('confirm');
  if (typed.length === 0) return 'not_yet';
  return first(typed).trim() === nama ? 'same' : 'other';
};
const mismatch = (visit: Visit, expected: string): FormState => {
  const { what, next } = errorSentence(visit.locale, new AppError('confirmation_mismatch', { expected }));
  return formOf(visit.request.body, [{ field: 'confirm', message: `${what} ${next}` }]);
};
const ask = async (visit: Visit, one: DesaRef, confirm: ConfirmModel): Promise<void> => {
  const { kode, nama, kecamatan } = one;
  const desa = { kode, nama, kecamatan };
  await visit.render('desa/confirm', { confirm, desa: [desa], one: desa }, confirm.form.errors.length > 0 ? 422 : 200);
};
/** "Ganti domain…" → "Ganti domain" */
const withoutDots = (label: string): string => label.replace(/…$/, '');

/** First the question with the name to type; the change starts only when it was typed exactly. */
export const askRemove = async (visit: Visit): Promise<void> => {
  const { document } = await desaFacts(visit);
  const { kode, nama, kecamatan } = document;
  const typed = typedName(visit, nama);
  if (typed === 'same') return start(visit, 'remove', {});
  const { desa } = visit.t;
  const w = visit.t.web.desa;
  await ask(visit, document, {
    title: w.removeTitle(nama, kecamatan),
    will: w.removeWill(document.instances.map((one) => visit.deps.apps.get(one.app)?.label ?? one.app).join(', ')),
    wont: w.removeWont,
    takes: null,
    word: nama,
    action: `/desa/${kode}/hapus`,
    hidden: [],
    button: withoutDots(desa.remove),
    icon: 'trash',
    kind: 'loses-data',
    back: `/desa/${kode}`,
    form: typed === 'other' ? mismatch(visit, nama) : EMPTY_FORM,
  });
};

/** Checks the new host, asks, then moves the desa there. `refuse` draws the form again with its sentence. */
export const askDomain = async (visit: Visit, refuse: (form: FormState) => Promise<void>): Promise<void> => {
  const { document, host } = await desaFacts(visit);
  const { kode, nama } = document;
  let wanted: string;
  try {
    wanted = await visit.deps.desa.checkHost(visit.actor, kode, first(visit.body('host')));
  } catch (error) {
    return refuse(refusedForm(visit, error));
  }
  const typed = typedName(visit, nama);
  if (typed === 'same') return start(visit, 'domain', { [kode]: wanted });
  const { desa } = visit.t;
  const w = visit.t.web.desa;
  await ask(visit, document, {
    title: w.domainTitle(nama, wanted),
    will: [...w.domainWill(host, wanted), desa.domainNote],
    wont: w.domainWont,
    takes: null,
    word: nama,
    action: `/desa/${kode}/domain`,
    hidden: [{ name: 'host', value: wanted }],
    button: withoutDots(desa.changeDomain),
    icon: 'world',
    kind: 'safe',
    back: `/desa/${kode}/domain`,
    form: typed === 'other' ? mismatch(visit, nama) : EMPTY_FORM,
  });
};
