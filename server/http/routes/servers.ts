import type { SshLogin } from '../../../provisioners/contracts';
import { AppError } from '../../domain/errors';
import { machineFacts } from '../../services/read-models/machine-facts';
import { errorSentence } from '../../texts/error-sentence';
import { serverPage, serverRow } from '../pages/server-page';
import { EMPTY_FORM, type FormState } from '../view-models/common';
import type { EnrolModel } from '../view-models/servers';
import { speak } from '../visit-words';
import { first, formOf, route, type Route, type Visit } from '../web';
import { confirmed } from './confirmed';
import { refusedForm } from './refused';
import { canAct } from './rights';

/** Field of an error → field of the form. */
const FIELDS = { name: 'nama', host: 'host', port: 'porta', user: 'pengguna', key: 'kunci', hostKey: 'kunci_host' };
/** Errors of the way there and of the login belong to a field too. */
const FIELD_OF_CODE: Readonly<Record<string, string>> = {
  ssh_unreachable: 'host',
  ssh_failed: 'host',
  ssh_refused: 'masuk',
  host_key_changed: 'kunci_host',
  host_key_unconfirmed: 'kunci_host',
};
/** The login never comes back into a page. */
const SECRETS: ReadonlySet<string> = new Set(['kunci', 'sandi']);
const keptForm = (form: FormState): FormState => ({
  ...form,
  values: Object.fromEntries(Object.entries(form.values).filter(([name]) => !SECRETS.has(name))),
});
const refusal = (visit: Visit, error: unknown): FormState => {
  if (error instanceof AppError && error.field === null && FIELD_OF_CODE[error.code] !== undefined) {
    const { what, next } = errorSentence(visit.locale, error);
    const field = FIELD_OF_CODE[error.code] ?? '';
    return keptForm(formOf(visit.request.body, [{ field, message: `${what} ${next}` }]));
  }
  return keptForm(refusedForm(visit, error, FIELDS));
};

const field = (visit: Visit, name: string): string => first(visit.body(name)).trim();
const loginOf = (visit: Visit): SshLogin =>
  field(visit, 'masuk') === 'sandi'
    ? { kind: 'password', password: first(visit.body('sandi')) }
    : { kind: 'key', privateKey: `${first(visit.body('kunci')).replaceAll('\r\n', '\n').trim()}\n` };
const addressOf = (visit: Visit) => ({
  host: field(visit, 'host'),
  port: Number(field(visit, 'porta') || '22'),
  user: field(visit, 'pengguna'),
});

const list = async (visit: Visit): Promise<void> => {
  const { deps, actor } = visit;
  const { instances } = deps.transact.read;
  const [servers, serving] = await Promise.all([deps.servers.list(actor), instances.servingByServer()]);
  const rows = servers.map((one) => serverRow(one, serving));
  await visit.render('servers/index', { rows, canAct: canAct(visit, 'server.write') });
};

const draw = async (visit: Visit, form: FormState, status: number): Promise<void> => {
  const { deps, actor, locale } = visit;
  const server = await deps.servers.find(actor, visit.param('name'));
  const [{ words }, serving, machine] = await Promise.all([
    speak(visit),
    deps.transact.read.instances.servingByServer(),
    server.ssh === null ? machineFacts(deps.uploads) : null,
  ]);
  const wish = { locale, canAct: canAct(visit, 'server.write'), form };
  await visit.render('servers/show', serverPage({ server, serving, machine }, words, wish), status);
};

const drawEnrol = (visit: Visit, model: EnrolModel, status = 200): Promise<void> =>
  visit.render('servers/enrol', model, status);
/** Asks the machine for its keys; nothing is sent to it. */
const readKeys = async (visit: Visit): Promise<void> => {
  try {
    const hostKeys = await visit.deps.servers.hostKeys(visit.actor, addressOf(visit));
    await drawEnrol(visit, { step: 'key', hostKeys, form: keptForm(formOf(visit.request.body, [])) });
  } catch (error) {
    await drawEnrol(visit, { step: 'address', hostKeys: [], form: refusal(visit, error) }, 422);
  }
};
const enrol = async (visit: Visit): Promise<void> => {
  const name = field(visit, 'nama');
  const hostKey = field(visit, 'kunci_host');
  const offered = visit.body('ditawarkan').flatMap((text) => {
    const [type = '', fingerprint = ''] = text.split(' ');
    return fingerprint === '' ? [] : [{ type, fingerprint }];
  });
  try {
    const login = loginOf(visit);
    const input = { name, ...addressOf(visit), hostKey: hostKey === '' ? null : hostKey, login };
    await visit.deps.servers.add(visit.actor, input);
  } catch (error) {
    const form = refusal(visit, error);
    const back = form.errors.some((one) => ['nama', 'host', 'porta', 'pengguna'].includes(one.field));
    return drawEnrol(visit, { step: back ? 'address' : 'key', hostKeys: back ? [] : offered, form }, 422);
  }
  visit.go(`/server/${name}`, visit.t.servers.notices.added(name));
};

const check = async (visit: Visit): Promise<void> => {
  const { deps, actor, t } = visit;
  const name = visit.param('name');
  const server = await deps.servers.find(actor, name);
  if (server.ssh === null) {
    await deps.servers.askLocalCheck(actor, name);
    visit.go(`/server/${name}`, t.servers.notices.asked);
    return;
  }
  try {
    await deps.servers.check(actor, name, loginOf(visit));
  } catch (error) {
    return draw(visit, refusal(visit, error), 422);
  }
  visit.go(`/server/${name}`, t.servers.notices.checked);
};

const remove = async (visit: Visit): Promise<void> => {
  const { deps, actor, t } = visit;
  const { name } = await deps.servers.find(actor, visit.param('name'));
  const w = t.servers.remove;
  const yes = await confirmed(visit, {
    active: 'servers',
    crumbs: [
      { label: t.servers.title, href: '/server' },
      { label: name, href: `/server/${name}` },
    ],
    question: {
      title: w.title(name),
      will: w.will,
      wont: w.wont,
      takes: null,
      word: name,
      action: `/server/${name}/hapus`,
      hidden: [],
      button: w.go,
      icon: 'trash',
      kind: 'loses-data',
      back: `/server/${name}`,
    },
  });
  if (!yes) return;
  await deps.servers.remove(actor, name);
  visit.go('/server', w.done(name));
};

export const serverRoutes: readonly Route[] = [
  route('get', '/server', 'server.read', list),
  route('get', '/server/baru', 'server.write', (visit) =>
    drawEnrol(visit, { step: 'address', hostKeys: [], form: EMPTY_FORM }),
  ),
  route('post', '/server/baru', 'server.write', readKeys),
  route('post', '/server', 'server.write', enrol),
  route('get', '/server/:name', 'server.read', (visit) => draw(visit, EMPTY_FORM, 200)),
  route('post', '/server/:name/periksa', 'server.write', check),
  route('get', '/server/:name/hapus', 'server.write', remove),
  route('post', '/server/:name/hapus', 'server.write', remove),
];
