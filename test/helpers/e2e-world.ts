import Docker from 'dockerode';
import type { RowDataPacket } from 'mysql2';
import { LABEL } from '../../provisioners/contracts';
import type { DesaDocument, InstanceDocument } from '../../server/services/read-models/desa-model';
import type { RolloutDocument } from '../../server/services/read-models/rollout-model';
import { DOMAIN, makeInstallation, type Installation, type Told } from './e2e-installation';

/** Three desa of Kebumen; two of them are twins that only their code, kecamatan and word for "desa" tell apart. */
export interface Village {
  readonly kode: string;
  readonly nama: string;
  /** As the site calls itself on its front page. */
  readonly title: string;
  readonly host: string;
}
const village = (kode: string, nama: string, kecamatan: string, jenis: string): Village => ({
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
export const instanceOf = async (
  installation: Installation,
  kode: string,
  app: string,
): Promise<InstanceDocument | null> =>
  (await desaList(installation)).find((one) => one.kode === kode)?.instances.find((one) => one.app === app) ?? null;

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

/** The one installation of this run, made by whoever asks first. */
export interface World {
  readonly installation: () => Installation;
  open(): Promise<void>;
  close(): Promise<void>;
}
export const makeWorld = (): World => {
  let installation: Installation | null = null;
  return {
    installation() {
      if (installation === null) throw new Error('the installation of this run did not come up');
      return installation;
    },
    async open() {
      installation = await makeInstallation();
    },
    async close() {
      await installation?.destroy();
    },
  };
};
