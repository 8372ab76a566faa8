import { isInstalled } from '../pages/desa-list-page';
import { settingsPage } from '../pages/settings-page';
import { EMPTY_FORM, type FormState } from '../view-models/common';
import { first, formOf, route, type Route, type Visit } from '../web';
import { refusedForm } from './refused';
import { patternPreview } from './setup';

/** Key of a setting → field of the form. */
const FIELDS = {
  brandName: 'kantor',
  domainPattern: 'pola',
  soakSeconds: 'jeda_pantau',
  parallel: 'paralel',
  waves: 'gelombang',
  haltAt: 'henti',
} as const;

const draw = async (visit: Visit, form: FormState, status: number): Promise<void> => {
  const { deps, actor } = visit;
  const settings = await deps.settings.read(actor);
  const kept = form.values['pola'];
  const wanted = (typeof kept === 'string' ? kept : kept?.[0]) ?? settings.domainPattern ?? '';
  const pattern = await patternPreview(visit, wanted);
  const installed = (await deps.desaModel.list(actor, {})).filter(isInstalled).length;
  await visit.render('settings/index', settingsPage(settings, pattern, installed, form), status);
};

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

const save = async (visit: Visit): Promise<void> => {
  const { deps, actor } = visit;
  const field = (name: string): string => first(visit.body(name));
  if (field('aksi') === 'contoh') return draw(visit, formOf(visit.request.body, []), 200);
  try {
    const settings = await deps.settings.read(actor);
    deps.hosts.preview(field('pola'), settings.suffix, await deps.transact.read.wilayah.all());
    await deps.settings.change(actor, {
      brandName: field('kantor'),
      domainPattern: field('pola'),
      soakSeconds: numberOf(field('jeda_pantau')),
      parallel: numberOf(field('paralel')),
      waves: numbersOf(field('gelombang')),
      haltAt: numberOf(field('henti')),
    });
  } catch (error) {
    return draw(visit, refusedForm(visit, error, FIELDS), 422);
  }
  visit.go('/pengaturan', visit.t.settings.saved);
};

export const settingsRoutes: readonly Route[] = [
  route('get', '/pengaturan', 'settings.read', (visit) => draw(visit, EMPTY_FORM, 200)),
  route('post', '/pengaturan', 'settings.write', save),
];
