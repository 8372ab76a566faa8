import { AppError } from '../../domain/errors';
import type { UploadCheck } from '../../services/certificate-service';
import { EMPTY_FORM, type FormState } from '../view-models/common';
import { speak } from '../visit-words';
import { first, formOf, route, type Route, type Visit } from '../web';
import { refusedForm } from './refused';
import { drawSettings } from './settings';

const HERE = '/pengaturan?bagian=sertifikat';
const field = (visit: Visit, name: string): string => first(visit.body(name)).trim();
const orNull = (text: string): string | null => (text === '' ? null : text);

const FIELDS: Readonly<Record<string, string>> = { certificate: 'sertifikat', key: 'kunci' };
const SETTING_FIELDS: Readonly<Record<string, string>> = {
  authority: 'penerbit',
  directoryUrl: 'direktori',
  contact: 'kontak',
  bindingId: 'pelanggan',
};
/** A key is never sent back to the browser. */
const withoutKeys = (form: FormState): FormState => ({
  ...form,
  values: Object.fromEntries(
    Object.entries(form.values).filter(([name]) => name !== 'kunci' && name !== 'pelanggan_kunci'),
  ),
});
const refused = (visit: Visit, error: unknown): FormState => {
  const path = error instanceof AppError ? String(error.params['path'] ?? '') : '';
  return withoutKeys(refusedForm(visit, error, { ...FIELDS, certificates: SETTING_FIELDS[path] ?? 'penerbit' }));
};
const draw = (visit: Visit, form: FormState, status: number, check: UploadCheck | null): Promise<void> =>
  drawSettings(visit, 'sertifikat', form, status, check);

const change = async (visit: Visit): Promise<string> => {
  const { deps, actor, t } = visit;
  const { certificates } = await deps.settings.read(actor);
  const bindingId = orNull(field(visit, 'pelanggan'));
  const wanted = {
    authority: field(visit, 'penerbit'),
    directoryUrl: field(visit, 'direktori') === '' ? certificates.directoryUrl : field(visit, 'direktori'),
    contact: orNull(field(visit, 'kontak')),
    bindingId,
    trust: certificates.trust,
  };
  await deps.certificates.change(actor, wanted, orNull(field(visit, 'pelanggan_kunci')));
  return t.settings.saved;
};
const upload = async (visit: Visit): Promise<string> => {
  const { deps, actor, t } = visit;
  const { f } = (await speak(visit)).words;
  const { hosts } = await deps.certificates.upload(actor, field(visit, 'sertifikat'), field(visit, 'kunci'));
  const covered = hosts.filter((one) => one.by !== null).length;
  return t.settings.certificate.uploaded(f.n(covered), f.n(hosts.length));
};
const retry = async ({ deps, actor, t }: Visit): Promise<string> => {
  await deps.certificates.retry(actor);
  return t.settings.certificate.retried;
};
const remove = async (visit: Visit): Promise<string> => {
  await visit.deps.certificates.remove(visit.actor, field(visit, 'id'));
  return visit.t.settings.certificate.removed;
};
const ACTS: Readonly<Record<string, (visit: Visit) => Promise<string>>> = {
  simpan: change,
  unggah: upload,
  minta: retry,
  buang: remove,
};

/** `aksi`: simpan, periksa (keeps nothing), unggah, minta, buang. */
const act = async (visit: Visit): Promise<void> => {
  const name = field(visit, 'aksi');
  if (name === 'periksa') {
    const check = await visit.deps.certificates.check(visit.actor, field(visit, 'sertifikat'), field(visit, 'kunci'));
    const [problem] = check.problems;
    if (problem === undefined) return draw(visit, withoutKeys(formOf(visit.request.body, [])), 200, check);
    const where = problem === 'key_unreadable' || problem === 'key_differs' ? 'key' : 'certificate';
    const error = new AppError('invalid_input', { problem: `certificate_${problem}` }, { field: where });
    return draw(visit, refused(visit, error), 422, null);
  }
  try {
    const done = await ACTS[name]?.(visit);
    visit.go(HERE, done ?? visit.t.settings.saved);
  } catch (error) {
    return draw(visit, name === '' ? EMPTY_FORM : refused(visit, error), 422, null);
  }
};

export const certificateRoutes: readonly Route[] = [route('post', '/pengaturan/sertifikat', 'settings.write', act)];
