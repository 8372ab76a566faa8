import type { Slot } from './step';

/** Names on the engine and in the database, derived once from installation, app and code; nothing else makes names. */
export const digitsOf = (kode: string): string => kode.replaceAll('.', '');

export interface Naming {
  readonly installation: string;
}
export const networkName = ({ installation }: Naming, kecamatanKode: string): string =>
  `${installation}-kec-${digitsOf(kecamatanKode)}`;
/** Where dashboard services and one-shot containers meet the database. */
export const serviceNetwork = ({ installation }: Naming): string => `${installation}-kontrol`;
export const publicNetwork = ({ installation }: Naming): string => `${installation}-publik`;
export const mariadbContainer = ({ installation }: Naming): string => `${installation}-mariadb`;
export const redisContainer = ({ installation }: Naming): string => `${installation}-redis`;
export const wallContainer = ({ installation }: Naming): string => `${installation}-tembok`;
export const proxyContainer = ({ installation }: Naming): string => `${installation}-proxy`;
export const volumeName = ({ installation }: Naming, app: string, kode: string, key: string): string =>
  `${installation}-${app}-${digitsOf(kode)}-${key}`;
/** One container per deployment: the old one and the new one stand side by side. */
export const containerName = ({ installation }: Naming, app: string, kode: string, deploymentId: string): string =>
  `${installation}-${app}-${digitsOf(kode)}-${deploymentId.slice(-8).toLowerCase()}`;
export const configVolume = (container: string): string => `${container}-konfig`;
export const taskContainer = ({ installation }: Naming, deploymentId: string, task: string): string =>
  `${installation}-tugas-${deploymentId.slice(-8).toLowerCase()}-${task}`;

/** The DELETE guard on `migrasi` relies on the prefix `desa_`. */
export const tenantUser = (kode: string): string => `desa_${digitsOf(kode)}`;
export const ownSchema = (app: string, kode: string): string => `${app}_${digitsOf(kode)}`;
export const ownUser = (app: string, kode: string): string => `sp_${app}_${digitsOf(kode)}`;
export const ownOwner = (app: string, kode: string): string => `sp_${app}_${digitsOf(kode)}_pemilik`;
export const SHARED_OWNER = 'opensid_pemilik';

const FIRST_PAIR = 10;
export const PROXY_HOST_NUMBER = 2;
export const DATABASE_HOST_NUMBER = 3;
/** In the network of the services: an address of the engine's choice would be one that somebody else is promised. */
export const REDIS_HOST_NUMBER = 4;

/** Address number `host` of a subnet such as 10.200.4.0/22. */
export const addressIn = (subnet: string, host: number): string => {
  const [base = '0.0.0.0'] = subnet.split('/');
  const value = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) + host;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
};
/** The two fixed addresses of an instance: a new release starts on the one its old release does not use. */
export const addressPair = (subnet: string, index: number): Readonly<Record<Slot, string>> => ({
  a: addressIn(subnet, FIRST_PAIR + 2 * index),
  b: addressIn(subnet, FIRST_PAIR + 2 * index + 1),
});
