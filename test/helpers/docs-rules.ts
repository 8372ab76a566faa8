import path from 'node:path';
import { ulid } from 'ulid';
import { ADMIN, INSTALLED, type DocsWorld, type Scene } from './docs-world';
import type { LocalSmtp } from './local-smtp';
import type { LocalSshd } from './local-sshd';

export const [KLIRONG] = INSTALLED;
const SESSION = '5'.repeat(64);

/** Where documented commands are run, and what stands around it. */
export interface Ground {
  readonly world: DocsWorld;
  readonly smtp: LocalSmtp;
  readonly sshd: LocalSshd;
  /** Of the only key that may log in to the other machine. */
  readonly key: string;
}
type Document = Readonly<Record<string, unknown>>;
type Then = (ground: Ground, answer: Document, words: readonly string[]) => Promise<unknown>;
/** How the commands of one name are run; what is not said has its usual. */
export interface Rule {
  /** Usually installed. */
  readonly scene?: Scene;
  /** What `01J…` and `ID` stand for. */
  readonly id?: (ground: Ground) => Promise<string>;
  readonly before?: (ground: Ground) => Promise<unknown>;
  /** Name of the operation whose answer it prints; null = one of its own. Usually the only one that names the command. */
  readonly prints?: (words: readonly string[]) => string | null;
  /** Exit codes the document allows; usually 0 alone. */
  readonly codes?: readonly number[];
  /** First line of stdin. */
  readonly stdin?: string;
  /** Must hold afterwards. */
  readonly then?: Then;
  /** What follows begins anew. */
  readonly spoils?: true;
}

const db = ({ world }: Ground) => world.bench.bench.control.db;
const read = ({ world }: Ground) => world.bench.bench.transact.read;
const rows = async (ground: Ground, table: string, where: object): Promise<number> =>
  (await db(ground)(table).where(where)).length;
const equal = (found: unknown, wanted: unknown): void => expect(found).toEqual(wanted);

/** Versions that serve, by desa and app. */
const serving = async (ground: Ground): Promise<Readonly<Record<string, string>>> => {
  const engine = ground.world.bench.engine();
  const instances = await read(ground).instances.all();
  return Object.fromEntries(
    instances.map((one) => {
      const container = engine.containers.get(one.container ?? '');
      return [
        `${one.wilayahKode} ${one.app}`,
        `${container?.spec.image ?? 'nothing'} ${container?.state ?? ''}`.trim(),
      ];
    }),
  );
};
const release = async (ground: Ground, app: string, version: string): Promise<string> =>
  (await read(ground).releases.list()).find((one) => one.app === app && one.version === version)!.id;

const kodesOf = (words: readonly string[]): readonly string[] => words.filter((word) => /^\d\d(\.\d+){3}$/.test(word));
const printsRollout = (words: readonly string[]): string =>
  words.includes('--plan') ? 'rollout.plan' : words.includes('--wait') ? 'rollout.show' : 'rollout.start';
const starts = (then: Then, more: Rule = {}): Rule => ({
  prints: printsRollout,
  ...more,
  then: async (ground, answer, words) => {
    if (words.includes('--wait'))
      equal([answer['state'], answer['counts']], ['completed', expect.objectContaining({ failed: 0 })]);
    await then(ground, answer, words);
  },
});
const isServed = async (ground: Ground, _answer: Document, words: readonly string[]): Promise<void> => {
  const now = await serving(ground);
  const apps = words.includes('--app') ? ['opensid', 'api'] : ['opensid', 'api', 'pbb'];
  const kecamatan = words.includes('--kecamatan') ? '33.05.12.1026' : null;
  for (const kode of words.includes('--all')
    ? ['33.05.05.2011', '33.05.05.2012', '33.05.03.2020', '33.05.12.1026']
    : kecamatan === null
      ? kodesOf(words)
      : [kecamatan])
    for (const app of apps) equal([kode, app, now[`${kode} ${app}`]], [kode, app, expect.stringMatching(/ running$/)]);
};

const restart = ({ world }: Ground): Promise<string> => world.begin('desa', 'restart', KLIRONG);
const paused = async (ground: Ground): Promise<string> => {
  const id = await restart(ground);
  await ground.world.line.tell(['rollout', 'pause', id]);
  return id;
};
const watched = async (ground: Ground): Promise<string> => {
  const id = await restart(ground);
  await ground.world.attend('on');
  return id;
};
const update = async ({ world }: Ground): Promise<string> => {
  const { out } = await world.line.tell(['desa', 'update', 'opensid@2410.0.0', '--all', '--json']);
  const { rolloutId } = JSON.parse(out) as { readonly rolloutId: string };
  await world.settled(rolloutId);
  return rolloutId;
};
/** The release misbehaves in the first desa; afterwards it would not any more. */
const failed = async (ground: Ground): Promise<string> => {
  ground.world.bench.break('opensid:2410.0.0', null);
  const id = await update(ground);
  ground.world.bench.break('opensid:2410.0.0', {});
  return id;
};
const isIn =
  (...states: readonly string[]): Then =>
  async (ground, answer) => {
    equal(answer['state'], states[0]);
    await ground.world.attend('on');
    equal(await ground.world.settled(String(answer['id'])), states[1] ?? states[0]);
  };

const makeDumps = async (ground: Ground): Promise<string> => {
  const first = ulid();
  const ids = [first, `7${first.slice(1)}`];
  const dump = {
    schemaName: 'opensid',
    deploymentId: null,
    path: '/d/1.sql.gz',
    sha256: 'a'.repeat(64),
    tables: 9,
    bytes: 1,
  };
  for (const id of ids) await read(ground).dumps.create({ id, ...dump });
  await db(ground)('dumps')
    .where({ id: ids[0]! })
    .update({ created_at: new Date(0) });
  return ids[0]!;
};
const chore =
  (kind: string): Then =>
  async (ground) =>
    equal(await rows(ground, 'chores', { kind }), 1);

const adminId = async (ground: Ground): Promise<string> =>
  (await read(ground).users.list()).find((one) => one.email === ADMIN)!.id;
const signIn = async (ground: Ground): Promise<void> => {
  const session = { data: {}, expiresAt: new Date(Date.now() + 60_000), ip: '10.0.0.1', userAgent: 'Firefox' };
  await read(ground).sessions.put({ idHash: SESSION, userId: await adminId(ground), ...session });
};
const makeToken = async ({ world }: Ground): Promise<string> => {
  const { out } = await world.line.tell(['user', 'token', 'create', 'lama', '--json']);
  return (JSON.parse(out) as { readonly id: string }).id;
};
const mail = async ({ world, smtp }: Ground): Promise<void> => {
  const place = ['--host', '127.0.0.1', '--port', String(smtp.port), '--security', 'none'];
  await world.line.tell(['settings', 'mail', 'set', ...place, '--from', 'a@b.id', '--from-name', 'Kominfo']);
};
/** The office's own authority is known: what it signed is whole. */
const trust = ({ world }: Ground): Promise<unknown> =>
  world.line.tell(['certificate', 'authority', 'internal', '--trust', path.join(world.usb, 'akar.pem')]);
const uploaded = async (ground: Ground): Promise<string> => {
  await trust(ground);
  const [file, key] = ['kebumenkab.pem', 'kunci.pem'].map((name) => path.join(ground.world.usb, name));
  await ground.world.line.tell(['certificate', 'upload', file!, '--key', key!]);
  return (await read(ground).certificateFiles.all())[0]!.id;
};
const second = async (ground: Ground): Promise<void> => {
  if ((await read(ground).servers.findByName('server-2')) !== null) return;
  const { sshd, key, world } = ground;
  const place = ['127.0.0.1', '--user', 'root', '--port', String(sshd.port), '--key', key];
  await world.line.tell(['server', 'add', 'server-2', ...place, '--host-key', sshd.fingerprint]);
};
const setUp: Then = async (ground, answer, words) => {
  equal([answer['done'], answer['admin']], [true, ADMIN]);
  equal(await rows(ground, 'wilayah', { level: 'desa' }), 460);
  const host = words.includes('--dashboard-host') ? [{ value: JSON.stringify(words.at(-1)) }] : [];
  equal(await db(ground)('settings').where({ key: 'dashboardHost' }).select('value'), host);
};

/** By name of the command; a command without a rule only answers. */
export const RULES: Readonly<Record<string, Rule>> = {
  setup: { scene: 'bare', prints: () => null, then: setUp, spoils: true },
  completion: { prints: () => null },
  'wilayah list': { prints: (words) => (words.includes('--kabupaten') ? 'wilayah.kabupaten' : 'wilayah.list') },
  'wilayah import': {
    prints: () => null,
    then: async (ground, answer, words) => {
      equal(answer['applied'], words.includes('--yes'));
      equal(await rows(ground, 'wilayah', { nama: 'Tambakprogaten Baru' }), words.includes('--yes') ? 1 : 0);
    },
  },
  'release import': {
    scene: 'ready',
    prints: () => 'release.show',
    then: async (_ground, answer) => equal([answer['version'], answer['state']], ['2410.0.0', 'ready']),
  },
  'release show': { id: (ground) => release(ground, 'opensid', '2409.0.0') },
  'release remove': {
    id: (ground) => release(ground, 'pbb', '2410.0.0'),
    then: async (ground, answer) =>
      equal(await rows(ground, 'releases', { id: String(answer['id']), state: 'ready' }), 0),
    spoils: true,
  },
  'desa list': {
    then: async (_ground, answer, words) => equal(Object.keys(answer).length > 0, !words.includes('--status')),
  },
  'desa install': starts(isServed, { scene: 'ready', spoils: true }),
  'desa update': starts(
    async (ground, _answer, words) => {
      const now = await serving(ground);
      const changed = Object.values(now).filter((one) => one.includes('2410')).length;
      const apps = 1 + words.filter((one) => one === '--release').length;
      equal(changed, words.includes('--plan') ? 0 : apps * (words.includes('--kecamatan') ? 1 : INSTALLED.length));
    },
    { spoils: true },
  ),
  'desa restart': starts(isServed),
  'desa stop': starts(async (ground) =>
    equal((await serving(ground))[`${KLIRONG} opensid`], expect.stringMatching(/ exited$/)),
  ),
  'desa start': starts(isServed),
  'desa domain': starts(async ({ world }) => equal(world.bench.proxy().visit('klirong.desa.id', '/').kind, 'app'), {
    spoils: true,
  }),
  'desa remove': starts(async (ground) => equal(await read(ground).desa.find(KLIRONG), null), { spoils: true }),
  'desa password': {
    then: async (_ground, answer) =>
      equal([answer['username'], String(answer['password']).length > 7], ['admin', true]),
    spoils: true,
  },
  'rollout show': { id: update, spoils: true },
  'rollout member': { id: update, spoils: true },
  'rollout watch': { id: watched },
  'rollout pause': {
    id: restart,
    then: async (ground, answer, words) => {
      await isIn('paused')(ground, answer, words);
      await ground.world.line.tell(['rollout', 'resume', String(answer['id'])]);
      equal(await ground.world.settled(String(answer['id'])), 'completed');
    },
  },
  'rollout resume': { id: paused, then: isIn('rolling', 'completed') },
  'rollout cancel': { id: restart, then: isIn('cancelled') },
  'rollout retry': { id: failed, then: isIn('rolling', 'completed'), spoils: true },
  'rollout rollback': { id: update, then: isIn('rolling_back', 'rolled_back'), spoils: true },
  'backup make': { then: chore('dump') },
  'backup check': { id: makeDumps, prints: () => 'backup.check', then: chore('check_dump') },
  'backup remove': { id: makeDumps, then: chore('remove_dump') },
  'settings set': { spoils: true },
  'settings mail set': { prints: () => 'settings.mail.change' },
  'settings mail show': { before: mail },
  'settings mail test': {
    before: mail,
    then: async ({ smtp }) => equal(smtp.letters.at(-1), expect.stringContaining(`To: ${ADMIN}`)),
  },
  'settings mail remove': { before: mail, prints: () => 'settings.mail.change' },
  'settings logo': { then: async (_ground, answer) => equal(answer['type'], 'image/png') },
  'user login-link': { prints: () => null, then: async (_ground, answer) => equal(answer['email'], ADMIN) },
  'user password': { stdin: 'sandi baru yang panjang' },
  'user session list': { before: signIn },
  'user session revoke': {
    before: signIn,
    then: async (ground) => equal(await rows(ground, 'sessions', { id_hash: SESSION }), 0),
  },
  'user token revoke': { id: makeToken },
  'certificate check': { before: trust, then: async (_ground, answer) => equal(answer['covered'], 1) },
  'certificate upload': {
    before: trust,
    then: async (ground) => equal((await read(ground).certificateFiles.all()).length, 1),
  },
  'certificate remove': {
    id: uploaded,
    then: async (ground) => equal((await read(ground).certificateFiles.all()).length, 0),
  },
  'server check': { before: second, codes: [0, 1] },
  'server add': {
    codes: [0, 1],
    then: async (ground) => equal(await rows(ground, 'servers', { name: 'server-2' }), 1),
  },
  'server remove': {
    before: second,
    then: async (ground) => equal(await rows(ground, 'servers', { name: 'server-2' }), 0),
  },
};

/** What stands for something of one's own, and what it is here; each of them is used. */
export const STANDS_FOR: readonly (readonly [
  RegExp,
  (ground: Ground, match: RegExpExecArray, name: string) => readonly string[],
])[] = [
  [/^KODE$/, (_ground, _match, name) => [name.startsWith('message ') ? 'wrong_identity' : KLIRONG]],
  [/^3f9c[0-9a-f]{60}$/, () => [SESSION]],
  [/^\/media\/usb\/(.+)$/, ({ world }, [, name = '']) => [path.join(world.usb, name)]],
  [/^https:\/\/github\.com\/OpenSID\/OpenSID\.git$/, ({ world }) => [world.repository]],
  [/^10\.0\.0\.12$/, ({ sshd }) => ['127.0.0.1', '--port', String(sshd.port)]],
  [/^\/root\/\.ssh\/id_ed25519$/, ({ key }) => [key]],
  [/^SHA256:/, ({ sshd }) => [sshd.fingerprint]],
];
/** Would be somebody else's: must not be left when a command is run. */
export const FOREIGN =
  /^(ID|[A-Z]{3,}(\[.*\])?|01JB2Z\w+|\/media\/.*|\/root\/.*|10\.\d+\.\d+\.\d+|https?:\/\/(?!localhost).*|SHA256:c.*)$/;
