import type { Observed } from './instance';

export type Jenis = 'desa' | 'kelurahan' | 'desa_adat';
export interface Desa {
  readonly kode: string;
  readonly kecamatanKode: string;
  readonly nama: string;
  readonly jenis: Jenis;
  readonly host: string;
  readonly oldHosts: readonly string[];
  readonly databaseId: string | null;
  readonly network: string;
  /** Encrypted. */
  readonly appKey: string | null;
  readonly firstPassword: string | null;
  readonly firstPasswordShownAt: Date | null;
  readonly tenantId: number | null;
  readonly archivedAt: Date | null;
}
export type DesaStatus =
  'not_installed' | 'installing' | 'healthy' | 'updating' | 'degraded' | 'down' | 'stopped' | 'unknown';

/** Worst first: one app that hurts citizens decides the state of its desa. */
export const desaStatus = (instances: readonly Observed[]): DesaStatus => {
  if (instances.length === 0) return 'not_installed';
  const has = (...states: readonly Observed[]): boolean => instances.some((one) => states.includes(one));
  if (has('down', 'wrong_identity', 'dns_elsewhere')) return 'down';
  if (has('installing')) return 'installing';
  if (has('updating', 'held')) return 'updating';
  if (has('unknown')) return 'unknown';
  if (has('degraded', 'drift')) return 'degraded';
  if (instances.every((one) => one === 'stopped')) return 'stopped';
  return has('stopped') ? 'degraded' : 'healthy';
};
