import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { AppAdapter } from '../../provisioners/contracts';
import { app as api } from '../../provisioners/apps/api';
import { app as opensid } from '../../provisioners/apps/opensid';
import { app as pbb } from '../../provisioners/apps/pbb';
import { plainName } from '../../provisioners/lib/php-app';
import type { FakeSchema } from './fake-database';
import type { FakeContainer } from './fake-engine';
import { configOf, reply, type Outside, type Pretended, type PretendedApps } from './pretended-apps';

const SAMPLES = path.join(__dirname, '../../deploy-templates/samples');
const APPS: ReadonlyMap<string, AppAdapter> = new Map([opensid, api, pbb].map((app) => [app.name, app] as const));
const SCHEMA_VERSION: Readonly<Record<string, string>> = { '2409.0.0': '2024090101', '2410.0.0': '2024100101' };
const OLD = '2409.0.0';

/** How a release misbehaves; what it says it is stays right unless it says so here. */
export interface SampleFault {
  /** Every page of the app is a fatal error; what stands beside the app still answers. */
  readonly fatal?: true;
  /** Sound when asked directly; that name for everybody who comes through the proxy. */
  readonly publicNama?: string;
  /** Ends by itself after that many answers to citizens; 0 = at once. */
  readonly endsAfter?: number;
  /** Serves the data of that desa. */
  readonly twin?: { readonly kode: string; readonly nama: string };
  /** Shows that name only. */
  readonly nama?: string;
  readonly version?: string;
  /** says = fails and says so; hides = says success; half = not all recorded; silent = recorded without its effect; dies. */
  readonly migration?: 'says' | 'hides' | 'half' | 'silent' | 'dies';
}

const treeOf = (app: string, version: string): ReadonlyMap<string, string> => {
  const root = path.join(SAMPLES, `${app}-${version}`);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.php'));
  return new Map(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')] as const));
};
const trees = new Map<string, ReadonlyMap<string, string>>();
/** Texts of the files of a sample release whose path fits, by path. */
export const sampleTexts = (app: string, version: string, wanted: RegExp): ReadonlyMap<string, string> => {
  const key = `${app}:${version}`;
  const tree = trees.get(key) ?? treeOf(app, version);
  trees.set(key, tree);
  return new Map([...tree].filter(([file]) => wanted.test(file)));
};

/** A schema's version says all of it: `2410.0.0`, with `+silent` or `+half` behind it when that is not true. */
const recordedIn = (app: AppAdapter, schema: FakeSchema): readonly string[] => {
  const [version = '', flaw] = schema.version.split('+');
  const list = app.migrations;
  if (version === '' || list === undefined) return [];
  const words = list.recorded([...sampleTexts(app.name, version, list.files).keys()], SCHEMA_VERSION[version] ?? null);
  return flaw === 'half' ? words.slice(0, -1) : words;
};
const columnsIn = (app: AppAdapter, schema: FakeSchema): readonly { readonly t: string; readonly c: string }[] => {
  const [version = '', flaw] = schema.version.split('+');
  const list = app.migrations;
  if (version === '' || list === undefined) return [];
  const parts = list.promises(sampleTexts(app.name, flaw === 'silent' ? OLD : version, list.files));
  // A table the seeder makes has columns too.
  return [...parts.map(({ table, column }) => ({ t: table, c: column ?? 'id' })), { t: 'log_surat', c: 'id' }];
};
const appOf = (schema: string): AppAdapter => (schema.startsWith('pbb') ? pbb : opensid);

interface Known {
  readonly kode: string;
  readonly app: string;
  readonly instance: string;
  readonly key: string;
  readonly version: string;
  readonly schema: string;
  readonly nama: string;
}
const MAPPED = (text: string, name: string): string =>
  new RegExp(`map \\S+ \\$sp_${name} \\{\\s*default "([^"]*)"`).exec(text)?.[1] ?? '';
const knownOf = (outside: Outside, spec: FakeContainer['spec']): Known => {
  const files = configOf(outside, spec);
  const text = (file: string): string => files.get(file)?.content?.toString() ?? '';
  const [nginx, env, php] = [text('/nginx.conf'), text('/env'), text('/database.php')];
  const kode = MAPPED(nginx, 'kode');
  return {
    kode,
    app: MAPPED(nginx, 'app'),
    instance: MAPPED(nginx, 'instance'),
    key: /\$sp_key_ok \{[^"]*"([0-9a-f]+)" 1/.exec(nginx)?.[1] ?? '',
    version: spec.image.split(':')[1] ?? '',
    schema: /^DB_DATABASE=(.*)$/m.exec(env)?.[1] ?? /\['database'\] = '([^']*)'/.exec(php)?.[1] ?? '',
    nama: plainName(`Desa ${kode}`),
  };
};

/** The last line of the companion's or the task script's answer. */
const migrated = (app: AppAdapter, known: Known, schema: FakeSchema, fault: SampleFault): Ended => {
  const { migration } = fault;
  if (migration === 'dies') return { exitCode: 137, stderr: 'Killed' };
  if (app.name === 'pbb' && migration === 'says')
    return said(1, { ok: false, tenant_id: 1, pending: null, galat: 'RuntimeException: sppt.periode_id masih kosong' });
  schema.version = migration === 'silent' || migration === 'half' ? `${known.version}+${migration}` : known.version;
  const stderr = migration === 'hides' ? 'ERROR - 2026-11-21 20:00:00 --> Gagal Jalankan Migrasi_2024100101' : '';
  if (app.name === 'opensid') return said(0, { ok: true, migrated: true, config_id: 1 }, stderr);
  // Our own script counts what is recorded; only a release that records what it did not do gets past it.
  return said(0, { ok: true, tenant_id: 1, pending: 0 }, stderr);
};
interface Ended {
  readonly exitCode: number;
  readonly stdout?: string;
  readonly stderr?: string;
}
const said = (exitCode: number, answer: object, stderr = ''): Ended => ({
  exitCode,
  stdout: `${JSON.stringify(answer)}\n`,
  stderr,
});

const pages: Readonly<Record<string, (url: string, known: Known, shown: string, nama: string) => string | null>> = {
  opensid: (url, _, version, nama) =>
    url === '/' ? `<h1>Selamat datang di Desa ${nama}</h1><footer>OpenSID ${version}</footer>` : null,
  api(url, { kode }, version, nama) {
    if (url === '/') return JSON.stringify({ version: `v${version}` });
    const attributes = { nama_desa: nama, alamat: { kode_desa: kode.replaceAll('.', '') } };
    return url === '/api/v1/profil-desa' ? JSON.stringify({ data: { attributes } }) : null;
  },
  pbb: (url, _, version) => (url === '/login' ? `<input name="username"><footer>PBB v${version}</footer>` : null),
};

const make = (outside: Outside): Pretended<SampleFault> => {
  const broken = new Map<string, SampleFault>();
  const answers = new Map<string, number>();
  const faultOf = (image: string): SampleFault => broken.get(image) ?? {};
  const tenantOf = (schema: FakeSchema | undefined, kode: string): number => {
    if (schema === undefined) return 0;
    const found = [...schema.tenants].find(([, known]) => known === kode)?.[0];
    if (found !== undefined) return found;
    schema.tenants.set(schema.tenants.size + 1, kode);
    return schema.tenants.size;
  };
  const healthy = (known: Known, fault: SampleFault): ReturnType<typeof reply> => {
    const { kode, app, version } = { ...known, kode: fault.twin?.kode ?? known.kode };
    const own = known.app !== 'pbb' || fault.twin === undefined;
    const faults = own ? [] : ['tenant_missing'];
    return reply(own ? 200 : 503, JSON.stringify({ kode, app, version, ready: own, faults }));
  };
  return {
    break: (image, fault) => {
      broken.set(image, fault);
      answers.clear();
    },
    readRelease: async ({ app, version }, wanted) => sampleTexts(app, version, wanted),
    async query(schema, sql) {
      const found = outside.database.schemas.get(schema);
      if (found === undefined) return [];
      if (sql.includes('information_schema')) return columnsIn(appOf(schema), found).map((one) => ({ ...one }));
      return /FROM (migrations|migrasi)$/.test(sql) ? recordedIn(appOf(schema), found).map((word) => ({ word })) : [];
    },
    script(argv, spec) {
      const fault = faultOf(spec.image);
      if (argv[0] === 'sleep') return fault.endsAfter === 0 ? { exitCode: 255 } : null;
      if (argv[0] !== 'php') return null;
      const known = knownOf(outside, spec);
      const [app, schema] = [APPS.get(known.app), outside.database.schemas.get(known.schema)];
      if (app === undefined || schema === undefined) return { exitCode: 9, stderr: `no schema ${known.schema}` };
      const what = argv[2] ?? '';
      if (app.name === 'opensid' && what.endsWith('provision'))
        return said(0, { ok: true, config_id: tenantOf(schema, known.kode), skema_baru: schema.version === '' });
      if (app.name === 'pbb') tenantOf(schema, known.kode);
      return migrated(app, known, schema, fault);
    },
    answer(container, { path: url, headers }) {
      const known = knownOf(outside, container.spec);
      const fault = faultOf(container.spec.image);
      const isOurs = url.startsWith('/siappakai/');
      if (isOurs && headers?.['x-siappakai-key'] !== known.key) return reply(404);
      const { kode, app, version: release, instance } = known;
      if (url === '/siappakai/identitas') return reply(200, JSON.stringify({ kode, app, release, instance }));
      const count = (answers.get(container.id) ?? 0) + 1;
      answers.set(container.id, count);
      if (fault.endsAfter !== undefined && count > fault.endsAfter) {
        void outside.engine.stop(container);
        return reply(0);
      }
      if (isOurs) return healthy(known, fault);
      if (fault.fatal === true) return reply(500, 'PHP Fatal error: Uncaught Error: Call to undefined function');
      const whose = fault.twin === undefined ? known : { ...known, kode: fault.twin.kode };
      const seen = headers?.['x-forwarded-for'] === undefined ? undefined : fault.publicNama;
      const nama = fault.twin?.nama ?? fault.nama ?? seen ?? known.nama;
      const body = pages[app]?.(url, whose, fault.version ?? release, nama) ?? null;
      return body === null ? reply(404) : reply(200, body);
    },
  };
};

/** The real adapters over containers that behave like the sample releases; `break` takes `app:version`. */
export const samplePretended: PretendedApps<SampleFault> = {
  apps: APPS,
  releaseRow: (app, version) => (app === 'opensid' ? { schema_version: SCHEMA_VERSION[version] ?? '' } : {}),
  make,
};
