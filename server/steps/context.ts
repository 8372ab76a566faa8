import { randomBytes } from 'node:crypto';
import type { AppAdapter, InstanceContext, SecretKind, Wilayah } from '../../provisioners/contracts';
import {
  DATABASE_HOST_NUMBER,
  PROXY_HOST_NUMBER,
  addressIn,
  ownOwner,
  ownUser,
  SHARED_OWNER,
  tenantUser,
} from '../domain/names';
import { ZONES, zoneOf } from '../domain/timezone';
import { kodeWilayah } from '../domain/kode-wilayah';
import { StepError } from '../rollouts/step-error';
import type { SharedDatabase } from '../stores/database-store';
import type { Subject } from './subject';
import type { World } from './world';

const MAKERS: Readonly<Record<SecretKind, () => string>> = {
  hex32: () => randomBytes(32).toString('hex'),
  laravel_key: () => `base64:${randomBytes(32).toString('base64')}`,
  password24: () => randomBytes(18).toString('base64url'),
  jwt64: () => randomBytes(48).toString('base64url'),
};
type Bag = Readonly<Record<string, string>>;
export const instanceSecretsContext = (instanceId: string): string => `instance:${instanceId}`;
export const desaKeyContext = (kode: string): string => `desa:${kode}:app_key`;
export const ownerContext = (name: string): string => `database:${name}:owner`;

const openSecrets = (world: World, { id, secrets }: Pick<Subject['instance'], 'id' | 'secrets'>): Bag => {
  if (secrets === null) return {};
  const known = JSON.parse(world.box.decrypt(secrets, instanceSecretsContext(id)).reveal()) as Bag;
  Object.values(known).forEach(world.rememberSecret);
  return known;
};

/** Secrets of an instance, made once: identity key, database passwords and those its app asks for. */
export const ensureSecrets = async (world: World, { instance, app }: Subject): Promise<Bag> => {
  const wanted: Readonly<Record<string, SecretKind>> = {
    ...app.secrets,
    identity: 'hex32',
    database: 'password24',
    owner: 'password24',
  };
  const missingIn = (known: Bag) => Object.entries(wanted).filter(([name]) => known[name] === undefined);
  // What was made once is never made anew: who has all of it needs no lock.
  const seen = openSecrets(world, instance);
  if (missingIn(seen).length === 0) return seen;
  return world.transact.run(async (stores) => {
    await stores.knex('instances').where({ id: instance.id }).forUpdate().select('id');
    const known = openSecrets(world, (await stores.instances.find(instance.id)) ?? { id: instance.id, secrets: null });
    const made = Object.fromEntries(missingIn(known).map(([name, kind]) => [name, remember(world, MAKERS[kind]())]));
    const all: Bag = { ...known, ...made };
    if (Object.keys(made).length > 0)
      await stores.instances.update(instance.id, {
        secrets: world.box.encrypt(JSON.stringify(all), instanceSecretsContext(instance.id)),
      });
    return all;
  });
};

/** Key of the instance's identity answer, as it was made; null = none yet. */
export const identityKeyOf = (world: World, instance: Subject['instance']): string | null =>
  openSecrets(world, instance)['identity'] ?? null;

/** The tenant identity of a desa: made once, kept for ever, in every archive. */
export const ensureAppKey = async (world: World, { kode, appKey }: Subject['desa']): Promise<string> => {
  const open = (sealed: string): string => remember(world, world.box.decrypt(sealed, desaKeyContext(kode)).reveal());
  if (appKey !== null) return open(appKey);
  return world.transact.run(async (stores) => {
    await stores.knex('desa').where({ kode }).forUpdate().select('kode');
    const desa = await stores.desa.find(kode);
    if (desa?.appKey != null) return open(desa.appKey);
    const key = MAKERS.laravel_key();
    await stores.desa.update(kode, { appKey: world.box.encrypt(key, desaKeyContext(kode)) });
    return remember(world, key);
  });
};
const remember = (world: World, value: string): string => {
  world.rememberSecret(value);
  return value;
};

export const subnetOf = async (world: World, network: string, internal = true): Promise<string> => {
  const labels = { 'id.siappakai.role': 'network' };
  return (await world.session.ensureNetwork({ name: network, labels, internal, walled: internal })).subnet;
};

export interface ContextRequest {
  readonly version: string;
  readonly host: string;
  /** One-shot containers get the schema owner and meet the database on another network. */
  readonly network: string;
  readonly withOwner: 'with_owner' | 'without_owner';
}

/** All an app may know about an instance, secrets in plain: it leaves only through files in volumes. */
export const instanceContext = async (
  world: World,
  subject: Subject,
  request: ContextRequest,
): Promise<InstanceContext> => {
  const secrets = await ensureSecrets(world, subject);
  const subnet = await subnetOf(world, request.network);
  const settings = await world.settings();
  const siteUrl = publicSite(world, request.host);
  return {
    instanceId: subject.instance.id,
    app: subject.app.name,
    wilayah: subject.wilayah,
    version: request.version,
    hosts: [request.host],
    siteUrl,
    publicUrl: subject.app.path === '/' ? siteUrl : `${siteUrl}${subject.app.path}`,
    proxyAddress: addressIn(subnet, PROXY_HOST_NUMBER),
    ...(await databaseAccess(
      world,
      subject,
      secrets,
      addressIn(subnet, DATABASE_HOST_NUMBER),
      request.withOwner === 'with_owner',
    )),
    identityKey: secrets['identity'] ?? '',
    secrets,
    shared: await sharedSecrets(world, subject, request.host),
    settings: await contextSettings(world, settings, subject.wilayah),
  };
};

export const publicSite = (world: World, host: string): string =>
  world.installation.httpsPort === 443 ? `https://${host}` : `https://${host}:${world.installation.httpsPort}`;

export const contextSettings = async (
  world: World,
  settings: Awaited<ReturnType<World['settings']>>,
  wilayah: Wilayah,
): Promise<InstanceContext['settings']> => {
  // Without a host name of its own the dashboard is reachable on this machine only; the address must be valid all the same.
  const dashboard =
    settings.dashboardHost === null
      ? `http://localhost:${world.installation.dashboardPort}`
      : publicSite(world, settings.dashboardHost);
  return {
    timezone: settings.timezone ?? ZONES[zoneOf(kodeWilayah(settings.kabupaten?.kode ?? wilayah.kode))].iana,
    layananUrl: dashboard,
    pantauUrl: dashboard,
  };
};

const sharedSecrets = async (world: World, subject: Subject, host: string): Promise<Bag> => {
  const appKey = await ensureAppKey(world, subject.desa);
  const token = await world.tokens.ensure(subject.desa.kode, host);
  world.rememberSecret(token);
  return { app_key: appKey, token };
};

type Access = Pick<InstanceContext, 'database' | 'owner'>;
const databaseAccess = async (
  world: World,
  subject: Subject,
  secrets: Bag,
  host: string,
  withOwner: boolean,
): Promise<Access> => {
  const { port } = world.databaseServer.endpoint;
  const { app, desa, instance } = subject;
  if (app.database === 'none') return { database: null, owner: null };
  if (app.database === 'own') {
    const schema = instance.schemaName ?? '';
    return {
      database: { host, port, schema, user: ownUser(app.name, desa.kode), password: secrets['database'] ?? '' },
      owner: withOwner ? { user: ownOwner(app.name, desa.kode), password: secrets['owner'] ?? '' } : null,
    };
  }
  const shared = await sharedDatabase(world, desa.databaseId);
  const password = app.database === 'shared' ? secrets['database'] : await borrowedPassword(world, subject);
  return {
    database: { host, port, schema: shared.schemaName, user: tenantUser(desa.kode), password: password ?? '' },
    owner: withOwner ? { user: SHARED_OWNER, password: ownerPassword(world, shared) } : null,
  };
};

export const sharedDatabase = async (world: World, id: string | null): Promise<SharedDatabase> => {
  const database = id === null ? null : await world.transact.read.databases.find(id);
  if (database === null) throw new StepError('database_missing', {});
  return database;
};
export const ownerPassword = (world: World, database: SharedDatabase): string => {
  if (database.ownerPassword === null) throw new StepError('database_missing', { database: database.name });
  return remember(world, world.box.decrypt(database.ownerPassword, ownerContext(database.name)).reveal());
};

/** The password of the shared app's user of the same desa, which a borrowing app signs in with. */
const borrowedPassword = async (world: World, subject: Subject): Promise<string> => {
  const shared: AppAdapter | undefined = [...world.apps.values()].find(
    (app) => app.database === 'shared' && subject.app.needs.includes(app.name),
  );
  const instance =
    shared === undefined ? null : await world.transact.read.instances.findByApp(subject.desa.kode, shared.name);
  if (shared === undefined || instance === null)
    throw new StepError('needed_app_missing', { app: subject.app.needs[0] ?? '' });
  return (await ensureSecrets(world, { ...subject, instance, app: shared }))['database'] ?? '';
};
