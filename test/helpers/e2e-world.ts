import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import type { RowDataPacket } from 'mysql2';
import { LABEL } from '../../provisioners/contracts';
import { MESSAGES, reasonSentence } from '../../server/texts';
import { SYSTEM } from '../../server/domain/actor';
import { DesaModel, type DesaDocument, type InstanceDocument } from '../../server/services/read-models/desa-model';
import type { RolloutDocument } from '../../server/services/read-models/rollout-model';
import { isEnded } from '../../server/cli/progress';
import { openAdmin, type Admin } from './e2e-admin';
import { DOMAIN, makeInstallation, type Installation, type Told } from './e2e-installation';

/** The first admin, as typed on the day of the first run. */
export const ADMIN = { name: 'Siti Aminah', email: 'siti@uji.localhost', password: 'kebun kopi di lereng' };
/** Three desa of Kebumen; two of them are twins that only their code, kecamatan and word for "desa" tell apart. */
export interface Village {
  readonly kode: string;
  readonly nama: string;
  /** As the site calls itself on its front page. */
  readonly title: string;
  readonly host: string;
}
export const village = (kode: string, nama: string, kecamatan: string, jenis: string): Village => ({
  kode,
  nama,
  title: `Selamat datang di ${jenis} ${nama}`,
  host: `${nama.toLowerCase()}.kec-${kecamatan.toLowerCase()}.${DOMAIN}`,
});
export const KLIRONG = village('33.05.05.2011', 'Klirong', 'Klirong', 'Desa');
export const TWIN = village('33.05.03.2020', 'Bumirejo', 'Puring', 'Desa');
export const OTHER_TWIN = village('33.05.12.1026', 'Bumirejo', 'Kebumen', 'Kelurahan');
export const VILLAGES: readonly Village[] = [KLIRONG, TWIN, OTHER_TWIN];
export const APPS = ['opensid', 'api', 'pbb'] as const;
export const digits = (kode: string): string => kode.replaceAll('.', '');

export const docker = new Docker();
export const containersOf = (
  installation: Installation,
  labels: Readonly<Record<string, string>>,
): Promise<Docker.ContainerInfo[]> =>
  docker.listContainers({
    all: true,
    filters: {
      label: [
        `${LABEL.installation}=${installation.config.id}`,
        ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
      ],
    },
  });
export const villageContainers = (installation: Installation): Promise<Docker.ContainerInfo[]> =>
  containersOf(installation, { [LABEL.role]: 'village' });
export const nameOf = (container: Docker.ContainerInfo): string => (container.Names[0] ?? '').slice(1);

/** Rows of the control database. */
export const select = async (
  installation: Installation,
  sql: string,
  values: readonly string[] = [],
): Promise<readonly RowDataPacket[]> => {
  const [rows] = await installation.control.query<RowDataPacket[]>(sql, [...values]);
  return rows;
};

export const desaList = async (installation: Installation): Promise<readonly DesaDocument[]> =>
  (await installation.cli<readonly DesaDocument[]>('desa', 'list')).document;
/** The same document of one app without the terminal between; for what is asked often. */
export const instanceOf = async (
  { read, config }: Installation,
  kode: string,
  app: string,
): Promise<InstanceDocument | null> => {
  const transact = { read, changes: { count: 0 }, run: () => Promise.reject(new Error('only for reading')) };
  const model = new DesaModel({ transact, apps: new Map(), httpsPort: config.httpsPort });
  const desa = await model.show(SYSTEM, kode);
  return desa.instances.find((one) => one.app === app) ?? null;
};

/** A command that starts a rollout, to its end. */
export const rollout = (installation: Installation, ...argv: readonly string[]): Promise<Told<RolloutDocument>> =>
  installation.cli<RolloutDocument>('desa', ...argv, '--wait');
export const showRollout = async (installation: Installation, id: string): Promise<RolloutDocument> =>
  (await installation.cli<RolloutDocument>('rollout', 'show', id)).document;
export const startRollout = async (installation: Installation, ...argv: readonly string[]): Promise<string> => {
  const told = await installation.cli<{ rolloutId: string }>('desa', ...argv);
  if (told.code !== 0) throw new Error(told.stderr);
  return told.document.rolloutId;
};

/** Case → what came of it: cases of one lane follow each other, the lanes go on at the same time. */
export const inLanes = <C, R>(
  cases: readonly C[],
  laneOf: (one: C) => string,
  work: (one: C) => Promise<R>,
): ReadonlyMap<C, Promise<R>> => {
  const last = new Map<string, Promise<unknown>>();
  const all = new Map<C, Promise<R>>();
  for (const one of cases) {
    const before = last.get(laneOf(one)) ?? Promise.resolve();
    const now = before.catch(() => undefined).then(() => work(one));
    // Whoever asks for it hears of a failure.
    now.catch(() => undefined);
    last.set(laneOf(one), now);
    all.set(one, now);
  }
  return all;
};

/** Waits until a rollout has come to its end; what it reached is in its document. */
export const awaitRollout = async (installation: Installation, id: string): Promise<RolloutDocument> => {
  while (!isEnded((await installation.read.rollouts.find(id))?.state ?? '')) await sleep(250);
  return showRollout(installation, id);
};

const SETTLED_WITHIN_MS = 90_000;
/** Waits until a rollout is over with these counts; one that is tried again was over before. */
export const awaitCounts = async (
  installation: Installation,
  id: string,
  wanted: Readonly<Partial<RolloutDocument['counts']>>,
): Promise<void> => {
  const until = Date.now() + SETTLED_WITHIN_MS;
  const settled = async (): Promise<boolean> => {
    const [rollout, members] = await Promise.all([
      installation.read.rollouts.find(id),
      installation.read.rollouts.members(id),
    ]);
    const count = (state: string): number => members.filter((one) => one.state === state).length;
    return isEnded(rollout?.state ?? '') && Object.entries(wanted).every(([state, n]) => count(state) === n);
  };
  while (!(await settled())) {
    if (Date.now() > until) throw new Error(JSON.stringify(await showRollout(installation, id)));
    await sleep(250);
  }
};

/** What a page in Indonesian must say of the first desa of a rollout that failed. */
export const whyOf = async (installation: Installation, id: string): Promise<string> => {
  const reason = (await installation.read.rollouts.members(id)).find((one) => one.reason !== null)?.reason;
  if (reason == null) throw new Error(`nothing failed in ${id}`);
  return reasonSentence(MESSAGES.id, reason).what;
};

const seconds = (since: number): string => ((Date.now() - since) / 1000).toFixed(1);

/** The one installation of this run and its first admin. */
export interface World {
  readonly installation: () => Installation;
  readonly admin: () => Admin;
  open(): Promise<void>;
  close(): Promise<void>;
}
export const makeWorld = (): World => {
  let installation: Installation | null = null;
  let admin: Admin | null = null;
  return {
    installation() {
      if (installation === null) throw new Error('the installation of this run did not come up');
      return installation;
    },
    admin() {
      if (admin === null) throw new Error('the browser of this run did not open');
      return admin;
    },
    async open() {
      const began = Date.now();
      installation = await makeInstallation();
      admin = await openAdmin(installation);
      console.info(`up: ${seconds(began)} s`);
    },
    async close() {
      await admin?.close();
      await installation?.destroy();
    },
  };
};

/** A part of the main job that says at its end how long it took. */
export const theme = (title: string, tests: () => void): void => {
  describe(title, () => {
    let began = 0;
    beforeAll(() => {
      began = Date.now();
    });
    afterAll(() => console.info(`${title}: ${seconds(began)} s`));
    tests();
  });
};
