import { DEFAULT_COLOR } from '../../domain/brand';
import { AppError } from '../../domain/errors';
import type { Settings } from '../../domain/settings';
import type { UploadCheck } from '../../services/certificate-service';
import { LOGO_BYTES } from '../../services/brand-service';
import { certificateState } from '../../services/read-models/certificate-model';
import { errorSentence } from '../../texts/error-sentence';
import { isInstalled } from '../pages/desa-list-counts';
import { settingsPage, type SettingsFacts } from '../pages/settings-page';
import { EMPTY_FORM, type FormState } from '../view-models/common';
import { SETTING_SECTIONS, type SettingSection } from '../view-models/settings';
import { speak } from '../visit-words';
import { first, formOf, route, type Route, type Visit } from '../web';
import { readMail, MAIL_FIELDS } from './mail-form';
import { refusedForm } from './refused';
import { canAct } from './rights';
import { patternPreview } from './setup';

/** Key of a setting → field of the form. */
const FIELDS: Readonly<Record<string, string>> = {
  brandName: 'kantor',
  brandColor: 'warna',
  logo: 'berkas',
  domainPattern: 'pola',
  suffix: 'akhiran',
  soakSeconds: 'jeda_pantau',
  parallel: 'paralel',
  waves: 'gelombang',
  haltAt: 'henti',
  tokenMonths: 'bulan_token',
  egress: 'keluar_lain',
  locale: 'bahasa',
  timezone: 'zona',
  ...MAIL_FIELDS,
};
const SECTION_OF: Readonly<Record<string, SettingSection>> = {
  pola: 'domain',
  akhiran: 'domain',
  jeda_pantau: 'pembaruan',
  paralel: 'pembaruan',
  gelombang: 'pembaruan',
  henti: 'pembaruan',
  bulan_token: 'batas',
  keluar_lain: 'keluar',
  zona: 'bahasa',
};
/** The section that shows what was refused. */
const sectionWith = (form: FormState, otherwise: SettingSection): SettingSection =>
  SECTION_OF[form.errors[0]?.field ?? ''] ?? otherwise;
const sectionOf = (text: string): SettingSection => SETTING_SECTIONS.find((one) => one === text) ?? 'identitas';
const field = (visit: Visit, name: string): string => first(visit.body(name));
const has = (visit: Visit, name: string): boolean => visit.body(name).length > 0;

/** Every desa and its host: only where they are shown. */
const readHosts = async (visit: Visit): Promise<Pick<SettingsFacts, 'regions' | 'given' | 'installed'>> => {
  const { deps, actor } = visit;
  const { read } = deps.transact;
  const [regions, desa, documents] = await Promise.all([
    read.wilayah.all(),
    read.desa.all(),
    deps.desaModel.list(actor, {}),
  ]);
  const given = new Map(desa.map((one) => [one.kode, one.host] as const));
  return { regions, given, installed: documents.filter(isInstalled).length };
};
const NO_HOSTS = { regions: [], given: new Map<string, string>(), installed: 0 };
interface PatternWish {
  readonly section: SettingSection;
  readonly pola: string;
  readonly suffix: string;
}
const readFacts = async (visit: Visit, settings: Settings, wish: PatternWish): Promise<SettingsFacts> => {
  const { deps, actor } = visit;
  const [hosts, mail, logo, user] = await Promise.all([
    wish.section === 'domain' ? readHosts(visit) : NO_HOSTS,
    deps.mail.state(actor),
    deps.transact.read.brand.hashOf('logo'),
    deps.auth.find(actor.id),
  ]);
  return {
    ...hosts,
    certificates: null,
    settings,
    mail,
    apps: [...deps.apps.values()]
      .sort((left, right) => left.order - right.order)
      .map(({ name, label, limits }) => ({ name, label, memoryBytes: limits.memoryBytes })),
    logo: logo === null ? null : `/merek/logo?v=${logo.slice(0, 12)}`,
    logoBytes: LOGO_BYTES,
    preview: patternPreview(visit.locale, hosts.regions, wish.pola, wish.suffix === '' ? null : wish.suffix),
    testTo: user?.email ?? '',
  };
};

/** `check`: what a certificate would cover that was looked at just now. */
export const drawSettings = async (
  visit: Visit,
  section: SettingSection,
  form: FormState,
  status: number,
  check: UploadCheck | null,
): Promise<void> => {
  const settings = await visit.deps.settings.read(visit.actor);
  const kept = (name: string): string | undefined => {
    const value = form.values[name];
    return typeof value === 'string' ? value : value?.[0];
  };
  const suffix = kept('akhiran') ?? settings.suffix ?? '';
  const facts = await readFacts(visit, settings, {
    section,
    pola: kept('pola') ?? settings.domainPattern ?? '',
    suffix,
  });
  const { words } = await speak(visit);
  const wish = { section, suffix, canAct: canAct(visit, 'settings.write'), form };
  const state =
    section === 'sertifikat' ? await certificateState(visit.actor, visit.deps.transact.read, new Date()) : null;
  const certificates = state === null ? null : { state, check };
  await visit.render('settings/index', settingsPage({ ...facts, certificates }, words, wish), status);
};
const draw = (visit: Visit, section: SettingSection, form: FormState, status: number): Promise<void> =>
  drawSettings(visit, section, form, status, null);

/** Whole numbers only; anything else goes on as text and is refused at its field. */
const numberOf = (text: string): number | string => (/^\d{1,9}$/.test(text.trim()) ? Number(text.trim()) : text);
/** "1, 5, 25" → [1, 5, 25]; '' = one wave for all. */
const numbersOf = (text: string): readonly (number | string)[] =>
  text.trim() === ''
    ? []
    : text
        .split(/[,;\s]+/)
        .filter((part) => part !== '')
        .map(numberOf);
const textOrNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());
const colorOf = (visit: Visit): string | null => {
  const color = field(visit, 'warna').trim().toLowerCase();
  return field(visit, 'aksi') === 'warna_bawaan' || color === DEFAULT_COLOR ? null : color;
};

type Reader = readonly [field: string, key: string, read: (text: string) => unknown];
const READERS: readonly Reader[] = [
  ['kantor', 'brandName', (text) => text],
  ['pola', 'domainPattern', (text) => text],
  ['akhiran', 'suffix', textOrNull],
  ['jeda_pantau', 'soakSeconds', numberOf],
  ['paralel', 'parallel', numberOf],
  ['gelombang', 'waves', numbersOf],
  ['henti', 'haltAt', numberOf],
  ['bulan_token', 'tokenMonths', numberOf],
  ['bahasa', 'locale', (text) => text],
  ['zona', 'timezone', textOrNull],
];
/** Memory per app: an empty field is the app's own default. */
const limitsOf = (visit: Visit): Readonly<Record<string, unknown>> => {
  const given = [...visit.deps.apps.keys()].filter((app) => has(visit, `memori_${app}`));
  if (given.length === 0) return {};
  const limits = given.flatMap((app) => {
    const text = field(visit, `memori_${app}`).trim();
    return text === '' ? [] : [[app, numberOf(text)] as const];
  });
  return { memoryLimitsMiB: Object.fromEntries(limits) };
};
/** The ticked ones, then what was written: one host a line. */
const outsideOf = (visit: Visit): Readonly<Record<string, unknown>> => {
  if (!has(visit, 'keluar_lain')) return {};
  const written = field(visit, 'keluar_lain')
    .toLowerCase()
    .split(/[\s,;]+/);
  return { egress: [...new Set([...visit.body('keluar'), ...written])].filter((host) => host !== '') };
};
/** Only what the form sent is changed: each section sends its own. */
const changesOf = (visit: Visit): Readonly<Record<string, unknown>> => ({
  ...Object.fromEntries(
    READERS.flatMap(([name, key, read]) => (has(visit, name) ? [[key, read(field(visit, name))] as const] : [])),
  ),
  ...(has(visit, 'warna') ? { brandColor: colorOf(visit) } : {}),
  ...limitsOf(visit),
  ...outsideOf(visit),
});

/** Errors of a limit name the whole record and the app behind it. */
const refused = (visit: Visit, error: unknown): FormState => {
  if (error instanceof AppError && error.field === 'memoryLimitsMiB')
    return refusedForm(visit, error, { memoryLimitsMiB: `memori_${String(error.params['path'])}` });
  return refusedForm(visit, error, FIELDS);
};

const checkPattern = async (visit: Visit): Promise<void> => {
  if (!has(visit, 'pola')) return;
  const { deps, actor } = visit;
  const suffix = has(visit, 'akhiran') ? textOrNull(field(visit, 'akhiran')) : (await deps.settings.read(actor)).suffix;
  deps.hosts.preview(field(visit, 'pola'), suffix, await deps.transact.read.wilayah.all());
};
const save = async (visit: Visit): Promise<void> => {
  const section = sectionOf(field(visit, 'bagian'));
  const act = field(visit, 'aksi');
  if (act === 'contoh') return draw(visit, 'domain', formOf(visit.request.body, []), 200);
  if (section === 'email') return saveMail(visit, act);
  try {
    await checkPattern(visit);
    await visit.deps.settings.change(visit.actor, changesOf(visit));
  } catch (error) {
    const form = refused(visit, error);
    return draw(visit, sectionWith(form, section), form, 422);
  }
  visit.go(section === 'identitas' ? '/pengaturan' : `/pengaturan?bagian=${section}`, visit.t.settings.saved);
};

const saveMail = async (visit: Visit, act: string): Promise<void> => {
  const { deps, actor, t } = visit;
  try {
    if (act === 'uji') {
      const user = await deps.auth.find(actor.id);
      const { settings } = await speak(visit);
      const w = t.settings.testLetter;
      const words = { subject: w.subject(settings.brandName ?? t.common.product), lines: w.lines };
      await deps.mail.test(actor, user?.email ?? '', words);
      visit.go('/pengaturan?bagian=email', t.settings.tested(user?.email ?? ''));
      return;
    }
    const { mail, password } = readMail((name) => field(visit, name));
    await deps.mail.change(actor, act === 'hapus' ? null : mail, password);
  } catch (error) {
    return draw(visit, 'email', mailRefusal(visit, error), 422);
  }
  visit.go('/pengaturan?bagian=email', act === 'hapus' ? t.settings.mailGone : t.settings.saved);
};
const mailRefusal = (visit: Visit, error: unknown): FormState => {
  if (error instanceof AppError && (error.code === 'mail_failed' || error.params['problem'] === 'mail_none')) {
    const { what, next } = errorSentence(visit.locale, error);
    return { values: {}, errors: [{ field: 'surel_host', message: `${what} ${next}` }] };
  }
  const field = error instanceof AppError ? `mail.${String(error.params['path'] ?? '')}` : '';
  const form = refusedForm(visit, error, { ...FIELDS, mail: FIELDS[field] ?? 'surel_host' });
  const values = Object.entries(form.values).filter(([name]) => name !== 'surel_sandi');
  return { ...form, values: Object.fromEntries(values) };
};

const saveLogo = async (visit: Visit): Promise<void> => {
  const remove = field(visit, 'aksi') === 'hapus';
  try {
    const content = visit.request.file?.buffer ?? null;
    if (!remove && content === null) throw new AppError('invalid_input', { problem: 'empty' }, { field: 'logo' });
    await visit.deps.brand.setLogo(visit.actor, remove ? null : content);
  } catch (error) {
    return draw(visit, 'identitas', { ...refusedForm(visit, error, FIELDS), values: {} }, 422);
  }
  visit.go('/pengaturan', remove ? visit.t.settings.logoGone : visit.t.settings.saved);
};

export const settingsRoutes: readonly Route[] = [
  route('get', '/pengaturan', 'settings.read', (visit) =>
    draw(visit, sectionOf(first(visit.query('bagian'))), EMPTY_FORM, 200),
  ),
  route('post', '/pengaturan', 'settings.write', save),
  route('post', '/pengaturan/logo', 'settings.write', saveLogo),
];
