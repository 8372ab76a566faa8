import { existsSync } from 'node:fs';
import path from 'node:path';
import { compareVersions } from '../domain/release';
import type { RolloutDocument } from '../services/read-models/rollout-model';
import type { Cli, Session } from './context';
import { importAndFollow } from './commands/release';
import { exitOf, follow } from './progress';

export interface DemoOptions {
  readonly opensid?: string;
  readonly updateTo?: string;
  readonly desa?: number;
}
/** Kebumen: Klirong, the twins Bumirejo (a desa and a kelurahan), and three more. */
const DESA = [
  '33.05.05.2011',
  '33.05.03.2020',
  '33.05.12.1026',
  '33.05.01.2001',
  '33.05.22.2003',
  '33.05.12.2016',
] as const;
const [KABUPATEN, PATTERN, EMAIL] = ['33.05', '{desa}.kec-{kec}.localhost', 'demo@siappakai.localhost'] as const;
const DASHBOARD = 'siappakai.localhost';
const DEMO_SOAK_SECONDS = 3;
const APPS = ['opensid', 'api', 'pbb'] as const;

interface Source {
  readonly app: string;
  readonly location: string;
  readonly tag: string | null;
}
/** `SOURCE@TAG`: an @ inside a path that exists belongs to the path. */
export const sourceOf = (text: string): { readonly location: string; readonly tag: string | null } => {
  const at = text.lastIndexOf('@');
  if (at <= 0 || existsSync(text) || text.slice(at + 1).includes('/')) return { location: text, tag: null };
  return { location: text.slice(0, at), tag: text.slice(at + 1) };
};
const sourcesOf = (
  cli: Cli,
  options: DemoOptions,
): { readonly first: readonly Source[]; readonly then: readonly Source[] } => {
  const sample = (app: string, version: string): Source => ({
    app,
    location: path.join(cli.machine.samples, `${app}-${version}`),
    tag: null,
  });
  if (options.opensid === undefined)
    return { first: APPS.map((app) => sample(app, '2409.0.0')), then: APPS.map((app) => sample(app, '2410.0.0')) };
  return {
    first: [{ app: 'opensid', ...sourceOf(options.opensid) }],
    then: options.updateTo === undefined ? [] : [{ app: 'opensid', ...sourceOf(options.updateTo) }],
  };
};

interface Times {
  /** Of `services`: what making the images took. */
  readonly images: number;
  readonly services: number;
  readonly releases: number;
  readonly install: number;
  readonly update: number;
  readonly total: number;
}

/** Sets up, installs, updates while one watches, and stays up. The second time it finds everything done. */
export const demo = async (cli: Cli, options: DemoOptions): Promise<number> => {
  const clock = stopwatch();
  const { imageSeconds } = await cli.machine.up('demo', (line) => cli.out.progress(line));
  const services = clock.lap();
  return cli.open(async (session) => {
    await session.setup.run(cli.actor, {
      kabupaten: KABUPATEN,
      domainPattern: PATTERN,
      adminEmail: EMAIL,
      adminName: 'Admin Demo',
    });
    await session.settings.change(cli.actor, { soakSeconds: DEMO_SOAK_SECONDS, dashboardHost: DASHBOARD });
    const sources = sourcesOf(cli, options);
    const first = await bring(cli, session, sources.first);
    const then = await bring(cli, session, sources.then);
    const releases = clock.lap();
    const kodes = DESA.slice(0, Math.max(1, options.desa ?? (options.opensid === undefined ? DESA.length : 3)));
    const installed = await install(cli, session, kodes, first, then);
    const installTime = clock.lap();
    const updated = await update(cli, session, kodes, then);
    const images = Math.round(imageSeconds * 10) / 10;
    const times = { images, services, releases, install: installTime, update: clock.lap(), total: clock.total() };
    return report(cli, session, [installed, updated], times);
  });
};

const stopwatch = (): { lap: () => number; total: () => number } => {
  const began = Date.now();
  let last = began;
  const seconds = (from: number): number => Math.round((Date.now() - from) / 100) / 10;
  return {
    lap: () => {
      const value = seconds(last);
      last = Date.now();
      return value;
    },
    total: () => seconds(began),
  };
};

/** app → version, importing only what is not there yet. */
const bring = async (
  cli: Cli,
  session: Session,
  sources: readonly Source[],
): Promise<Readonly<Record<string, string>>> => {
  const versions: Record<string, string> = {};
  for (const source of sources) {
    const known = (await session.releases.list(cli.actor)).find(
      (one) =>
        one.state === 'ready' && one.app === source.app && one.source === source.location && one.tag === source.tag,
    );
    const release = known ?? (await importAndFollow(cli, session, { ...source, channel: null, credential: null }));
    versions[source.app] = release.version;
  }
  return versions;
};

const install = async (
  cli: Cli,
  session: Session,
  kodes: readonly string[],
  first: Readonly<Record<string, string>>,
  then: Readonly<Record<string, string>>,
): Promise<RolloutDocument | null> => {
  const documents = await session.desaModel.list(cli.actor, { installed: 'only' });
  const has = (kode: string, app: string): boolean =>
    documents.find((one) => one.kode === kode)?.instances.some((one) => one.app === app && one.container !== null) ===
    true;
  const missing = kodes.filter((kode) => Object.keys(first).some((app) => !has(kode, app)));
  if (missing.length === 0) return null;
  // A demo that was updated before takes new desa straight at the newer release: the schema has it already.
  const newer = documents.some((one) =>
    one.instances.some(
      (instance) =>
        instance.app === 'opensid' && compareVersions(instance.release ?? '0', then['opensid'] ?? '9999') >= 0,
    ),
  );
  cli.out.progress(`== install ${missing.length} desa`);
  const { rolloutId } = await session.rollouts.start(
    cli.actor,
    { kind: 'install', kodes: missing, apps: Object.keys(first), releases: newer ? then : first, hosts: {} },
    null,
  );
  return follow(cli, session, rolloutId, 'lines');
};
const update = async (
  cli: Cli,
  session: Session,
  kodes: readonly string[],
  then: Readonly<Record<string, string>>,
): Promise<RolloutDocument | null> => {
  if (Object.keys(then).length === 0) return null;
  const documents = await session.desaModel.list(cli.actor, { installed: 'only' });
  const late = kodes.filter((kode) =>
    documents
      .find((one) => one.kode === kode)
      ?.instances.some((one) => then[one.app] !== undefined && one.release !== then[one.app]),
  );
  if (late.length === 0) return null;
  cli.out.progress(`== update ${late.length} desa`);
  const { rolloutId } = await session.rollouts.start(
    cli.actor,
    { kind: 'update', kodes: late, apps: [], releases: then, hosts: {} },
    null,
  );
  return follow(cli, session, rolloutId, 'lines');
};

const report = async (
  cli: Cli,
  session: Session,
  rollouts: readonly (RolloutDocument | null)[],
  times: Times,
): Promise<number> => {
  const status = await cli.machine.status();
  const link = await session.auth.createSignInLink(cli.actor, EMAIL);
  const loginLink = `${status.urls.dashboard}masuk/${link.token}`;
  const desa = await session.desaModel.list(cli.actor, { installed: 'only' });
  const done = rollouts.flatMap((one) =>
    one === null ? [] : [{ id: one.id, kind: one.kind, state: one.state, counts: one.counts }],
  );
  cli.out.document({ ...status, urls: { ...status.urls, loginLink }, desa, rollouts: done, times });
  cli.out.line('');
  for (const one of desa) {
    cli.out.line(`${one.kode}  ${one.nama} (${one.kecamatan})  ${one.status}`);
    for (const instance of one.instances)
      cli.out.line(`   ${instance.app} ${instance.observedRelease ?? '—'}  ${instance.url ?? '—'}`);
  }
  cli.out.line('');
  cli.out.line(
    `services ${times.services} s (images ${times.images} s of it) · releases ${times.releases} s · install ${times.install} s · update ${times.update} s · together ${times.total} s`,
  );
  cli.out.line(status.urls.dashboard);
  cli.out.line(loginLink);
  return rollouts.every((one) => one === null || exitOf(one) === 0) && desa.every((one) => one.status === 'healthy')
    ? 0
    : 1;
};
