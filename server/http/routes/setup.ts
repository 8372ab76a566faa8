import type { LoadedRegion } from '../../domain/region';
import type { Locale } from '../../texts';
import { AppError } from '../../domain/errors';
import { actorOf } from '../../domain/user';
import type { Actor } from '../../domain/actor';
import { parsePattern } from '../../domain/domain-pattern';
import { slugOf } from '../../domain/slug';
import { SYSTEM } from '../../domain/actor';
import { errorSentence } from '../../texts/error-sentence';
import { hostsOf } from '../pages/settings-page';
import { EMPTY_FORM, type FormState } from '../view-models/common';
import type { PatternPreview, SetupModel, SetupStep } from '../view-models/entry';
import { first, formOf, route, type Route, type Visit } from '../web';
import { browserKey, signIn } from './session';
import { setupChecks } from './setup-checks';

/** Patterns under the usual domain of the kabupaten: kebumenkab.go.id, semarangkota.go.id. */
const suggestionsFor = (kabupaten: string | null): readonly [string, string, string] => {
  const kind = kabupaten?.startsWith('Kota ') === true ? 'kota' : 'kab';
  const name = slugOf((kabupaten ?? 'contoh').replace(/^(Kabupaten|Kota) /, '')).replaceAll('-', '');
  const suffix = `${name}${kind}.go.id`;
  return [`{desa}.kec-{kec}.${suffix}`, `{desa}.desa.${suffix}`, `{desa}-{kec}.${suffix}`];
};

/** Three living examples, and who would share a host. */
export const patternPreview = (
  locale: Locale,
  regions: readonly LoadedRegion[],
  text: string,
  suffix: string | null = null,
): PatternPreview => {
  const parsed = parsePattern(text, suffix);
  const hosts = hostsOf(text, suffix, regions);
  const fault = 'fault' in parsed ? new AppError('invalid_input', { problem: `pattern_${parsed.fault}` }) : null;
  const clashes = hosts.filter((one) => one.clash.length > 0);
  const groups = new Map<string, string[]>();
  for (const one of clashes) groups.set(one.host, [...(groups.get(one.host) ?? []), one.nama]);
  const third = Math.max(1, Math.floor(hosts.length / 3));
  return {
    pattern: text,
    fault: fault === null ? null : errorSentence(locale, fault).what,
    examples: [0, third, 2 * third]
      .flatMap((index) => hosts.slice(index, index + 1))
      .map(({ nama, kecamatan, host }) => ({ nama, kecamatan, host })),
    clashes: clashes.length,
    clashExamples: [...groups].slice(0, 3).map(([host, shared]) => ({ host, names: shared })),
    suggestions: suggestionsFor(regions.find((one) => one.level === 'kabupaten')?.nama ?? null),
    total: regions.filter((one) => one.level === 'desa' && one.active).length,
  };
};

const chosenOf = async (visit: Visit): Promise<SetupModel['chosen']> => {
  const { kabupaten } = await visit.deps.setup.status();
  if (kabupaten === null) return null;
  const counts = await visit.deps.wilayah.counts(SYSTEM);
  return {
    kode: kabupaten.kode,
    nama: kabupaten.nama,
    desa: counts.desa + counts.kelurahan + counts.desaAdat,
    kecamatan: counts.kecamatan,
  };
};

const stepOf = async (visit: Visit): Promise<SetupStep> => {
  const status = await visit.deps.setup.status();
  if (!status.account) return 'akun';
  if (status.kabupaten === null) return 'kabupaten';
  return status.domainPattern === null ? 'domain' : 'periksa';
};

const show = async (visit: Visit, step: SetupStep, form: FormState, status = 200): Promise<void> => {
  const search = first(visit.body('cari'));
  const all = step === 'kabupaten' ? await visit.deps.wilayah.searchKabupaten(SYSTEM, search) : [];
  const provinces = all.length === 0 ? new Map<string, string>() : await visit.deps.wilayah.provinces(SYSTEM);
  const kabupaten = all.map((one) => ({
    value: String(one.kode),
    label: one.nama,
    count: null,
    provinsi: provinces.get(one.kode.slice(0, 2)) ?? '',
  }));
  const chosen = await chosenOf(visit);
  const text = first(visit.body('usul'), first(visit.body('pola'), suggestionsFor(chosen?.nama ?? null)[0]));
  const model: SetupModel = {
    token: visit.param('token'),
    step,
    form,
    search,
    kabupaten,
    kabupatenTotal: (await visit.deps.wilayah.searchKabupaten(SYSTEM, '')).length,
    chosen,
    pattern: patternPreview(visit.locale, await visit.deps.transact.read.wilayah.all(), text),
    checks: step === 'periksa' ? await setupChecks(visit) : [],
  };
  await visit.render('setup/index', model, status);
};

/** Before the account exists the link opens the pages; afterwards only the account itself does. */
const mayEnter = async (visit: Visit): Promise<Actor> => {
  const status = await visit.deps.setup.status();
  const userId = visit.request.session.userId;
  const user = userId === undefined ? null : await visit.deps.auth.find(userId);
  if (status.account && user === null) throw new AppError('link_invalid');
  if (user !== null) return actorOf(user);
  await visit.deps.setup.openLink(visit.param('token'), browserKey(visit.request));
  return SYSTEM;
};

const advance = async (visit: Visit, actor: Actor, step: SetupStep): Promise<void> => {
  const field = (name: string): string => first(visit.body(name));
  if (step === 'akun') {
    const user = await visit.deps.setup.createAccount(
      { token: visit.param('token'), browser: browserKey(visit.request) },
      { email: field('email'), name: field('name'), password: field('password'), locale: visit.locale },
    );
    return signIn(visit.request, user);
  }
  if (step === 'kabupaten') await visit.deps.setup.chooseKabupaten(actor, field('kabupaten'));
  if (step === 'domain') await visit.deps.setup.saveDomains(actor, { domainPattern: field('pola') });
};
const FIELDS: Readonly<Record<string, string>> = { domainPattern: 'pola' };

const submit = async (visit: Visit): Promise<void> => {
  const actor = await mayEnter(visit);
  const step = await stepOf(visit);
  const only = first(visit.body('aksi')) !== '' || first(visit.body('usul')) !== '';
  if (only) {
    const kept = formOf(visit.request.body, []);
    const suggested = visit.body('usul');
    // A pressed suggestion takes the place of what stood in the field.
    return show(visit, step, suggested.length === 0 ? kept : { ...kept, values: { ...kept.values, pola: suggested } });
  }
  if (step === 'periksa') {
    visit.go('/');
    return;
  }
  try {
    await advance(visit, actor, step);
    visit.response.redirect(303, `/setup/${visit.param('token')}`);
  } catch (error) {
    if (!(error instanceof AppError) || error.field === null) throw error;
    await show(
      visit,
      step,
      formOf(visit.request.body, [
        { field: FIELDS[error.field] ?? error.field, message: errorSentence(visit.locale, error).what },
      ]),
      422,
    );
  }
};

export const setupRoutes: readonly Route[] = [
  route('get', '/setup/:token', null, async (visit) => {
    await mayEnter(visit);
    await show(visit, await stepOf(visit), EMPTY_FORM);
  }),
  route('post', '/setup/:token', null, submit),
];
