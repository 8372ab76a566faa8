import { ulid } from 'ulid';
import { openSecretBox } from '../../server/auth/secret-box';
import { TERMINAL } from '../../server/domain/actor';
import type { MemberState } from '../../server/domain/rollout';
import { liveEvent, rolloutStateEvent } from '../../server/rollouts/member-events';
import { recordAudit } from '../../server/services/audit-service';
import { AuthService } from '../../server/services/auth-service';
import { HostService } from '../../server/services/host-service';
import { PersonalTokenService } from '../../server/services/personal-token-service';
import { SetupService } from '../../server/services/setup-service';
import type { Stores } from '../../server/stores';
import { regionSource } from './small-region';
import type { WebInstallation } from './web-installation';

/** Names that people really have, and such that somebody tries; one desa each. */
export const ODD = [
  "Ma'rang",
  '<b>x',
  'O’o (I/II)',
  'Karangsambung Wetan Kidul Lor Kulon Tengah Persiapan Maju Xx',
  'قرية الحكمة',
  'כפר שלום',
  '=1+1',
  '+cmd',
  '@x',
  '-x',
] as const;
export const KECAMATAN = "<i>Ma'rang قرية";
export const OFFICE = 'Dinas "O’o" <b>x קומה';
export const PERSON = { email: 'ani@kebumenkab.go.id', name: 'Ani <b>x כפר', password: 'Sawah-Padi-2026' };
export const NOTES = '=1+1 <b>x & "Ma\'rang" قرية\nbaris dua';
export const kodeOf = (name: string): string => `33.05.05.20${21 + ODD.indexOf(name as (typeof ODD)[number])}`;

const STATES: readonly MemberState[] = ['quarantined', 'failed', 'down', 'unmeasured', 'skipped', 'postponed'];
const REASON = { code: 'http_status', params: { status: 500, path: '/' } };

export interface OddWorld {
  /** An update of all of them, some done and the others in every kind of trouble. */
  readonly rollout: string;
  /** In use, and with notes. */
  readonly release: string;
  readonly spareRelease: string;
  readonly oldDump: string;
  readonly server: string;
  /** A personal token that may everything. */
  readonly token: string;
}

const addRegions = async ({ db }: WebInstallation): Promise<void> => {
  await db('wilayah').where({ kode: '33.05.05' }).update({ nama: KECAMATAN });
  const row = { parent: '33.05.05', level: 'desa', jenis: 'desa', dataset: 'x', active: true };
  await db('wilayah').insert(ODD.map((nama) => ({ ...row, kode: kodeOf(nama), nama })));
};

const addRelease = async (stores: Stores, version: string): Promise<string> => {
  const id = ulid();
  const from = { channel: 'umum', source: '/rilis/<b>x', tag: null, requestedBy: PERSON.name } as const;
  await stores.releases.create({ id, app: 'opensid', version, ...from });
  const ready = { state: 'ready', readyAt: new Date(), bytes: 90_000_000, files: 9000, phpLine: '8.2' } as const;
  await stores.releases.update(id, { ...ready, notes: NOTES });
  return id;
};

interface Place {
  readonly rollout: string;
  readonly old: string;
  readonly next: string;
}
const addDesa = async (stores: Stores, name: string, { rollout, old, next }: Place): Promise<void> => {
  const index = ODD.indexOf(name as (typeof ODD)[number]);
  const [databaseId = '', serverId = ''] = [
    (await stores.databases.list())[0]?.id,
    (await stores.servers.list())[0]?.id,
  ];
  const [kode, kecamatanKode, host] = [kodeOf(name), '33.05.05', `d${index}.kebumenkab.go.id`];
  await stores.desa.ensure({ kode, kecamatanKode, nama: name, jenis: 'desa', host, network: 'n', databaseId });
  const instance = await stores.instances.ensure({
    ...{ id: ulid(), wilayahKode: kode, serverId, databaseId, app: 'opensid', wanted: 'running' },
  });
  const state = STATES[index] ?? 'done';
  const releaseId = state === 'done' ? next : old;
  await stores.instances.update(instance.id, { releaseId, container: `c${index}`, hosts: [host] });
  const observed = state === 'down' ? 'down' : 'healthy';
  const seen = {
    release: null,
    reason: state === 'down' ? 'not_answering' : null,
    facts: null,
    at: new Date(),
    deep: true,
  };
  await stores.instances.observe(instance.id, { observed, ...seen });
  const member = { kode, kecamatanKode, nama: name, kecamatan: KECAMATAN, app: 'opensid', state };
  const reason = state === 'done' ? null : REASON;
  const where = { rolloutId: rollout, instanceId: instance.id, position: index, wave: index === 0 ? 1 : 2 };
  await stores.rollouts.addMembers([{ ...where, ...member, reason, fromReleaseId: old, toReleaseId: next }]);
  const news = { step: 8, steps: 8, seconds: 41, serving: '2410.0.0', failedProbes: 0 };
  await stores.events.append([liveEvent(`rollout:${rollout}`, 'member.state', { ...member, ...news, reason })]);
  await stores.archives.create({ id: ulid(), desaKode: kode, path: `/arsip/${index}`, manifest: {}, bytes: 7000 });
  await recordAudit(stores, TERMINAL, { act: 'desa.host', object: `desa:${kode}`, before: name, after: NOTES });
};

const addRollout = async (stores: Stores, { rollout, next }: Place): Promise<void> => {
  await stores.rollouts.create({
    ...{ id: rollout, kind: 'update', state: 'rolling', stage: 'waves', title: '', planHash: 'x' },
    ...{ releases: { opensid: next }, requestedBy: PERSON.name },
    policy: { waves: [1], parallel: 4, soakSeconds: 60, haltAt: 9, acknowledged: [], hosts: {} },
    stages: [{ stage: 'waves', state: 'running', startedAt: new Date().toISOString(), endedAt: null, deployments: [] }],
  });
  await stores.events.append([rolloutStateEvent(rollout, 'rolling', 'waves', null, PERSON.name)]);
};

/** An installation where every text a person can choose is an odd one. */
export const buildOddWorld = async (web: WebInstallation): Promise<OddWorld> => {
  const { transactor } = web;
  const auth = new AuthService(transactor);
  const previewHosts = new HostService().preview;
  const setup = new SetupService({ transactor, regions: regionSource(), auth, previewHosts });
  const account = { adminEmail: PERSON.email, adminName: PERSON.name, adminPassword: PERSON.password };
  const domainPattern = '{desa}.kec-{kec}.kebumenkab.go.id';
  const { user } = await setup.run(TERMINAL, { kabupaten: '33.05', domainPattern, ...account });
  await addRegions(web);
  await web.db('servers').insert({ id: ulid(), name: 'lokal', target: 'docker', state: 'ready' });
  await web
    .db('databases')
    .insert({ id: ulid(), name: 'gabungan', schema_name: 'db_gabungan', app: 'opensid', channel: 'umum' });
  await transactor.read.settings.put('brandName', OFFICE);
  const rollout = ulid();
  const made = await transactor.run(async (stores) => {
    const [old, next] = [await addRelease(stores, '2409.0.0'), await addRelease(stores, '2410.0.0')];
    const spareRelease = await addRelease(stores, '2408.0.0');
    await addRollout(stores, { rollout, old, next });
    for (const name of ODD) await addDesa(stores, name, { rollout, old, next });
    const dump = { schemaName: 'db_gabungan', deploymentId: null, sha256: 'a'.repeat(64), tables: 9, bytes: 7000 };
    const [oldDump, newDump] = [ulid(), ulid()];
    for (const id of [oldDump, newDump]) await stores.dumps.create({ id, ...dump, path: `/d/${id}.sql.gz` });
    await stores.chores.ask({ id: ulid(), kind: 'check_dump', subject: newDump, requestedBy: PERSON.name });
    return { release: next, spareRelease, oldDump };
  });
  const box = openSecretBox(web.config.paths.masterKeys);
  const kode = kodeOf('<b>x');
  const first_password = box.encrypt('Pertama-123', `desa:${kode}:first_password`);
  await web.db('desa').where({ kode }).update({ first_password });
  const tokens = new PersonalTokenService(transactor);
  for (const name of ODD) if (name.length > 1) await tokens.create(TERMINAL, { name }, user.id);
  const { token } = await tokens.create(TERMINAL, { name: 'uji', access: 'full' }, user.id);
  const server = (await transactor.read.servers.list())[0]?.name ?? '';
  return { rollout, token, server, ...made };
};
