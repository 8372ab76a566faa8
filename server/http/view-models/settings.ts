import type { ProposedHost } from '../../domain/domain-pattern';
import type { OUTSIDE_CALLS, SETTLED_CALLS } from '../../domain/outside-calls';
import type { MailSettings } from '../../domain/settings';
import type { FormState } from './common';
import type { PatternPreview } from './entry';

type OutsideKey = (typeof OUTSIDE_CALLS)[number]['key'];
type SettledKey = (typeof SETTLED_CALLS)[number]['key'];

export const SETTING_SECTIONS = [
  'identitas',
  'domain',
  'email',
  'pembaruan',
  'batas',
  'keluar',
  'sertifikat',
  'bahasa',
] as const;
export type SettingSection = (typeof SETTING_SECTIONS)[number];

export interface HostRow {
  readonly kode: string;
  readonly nama: string;
  readonly kecamatan: string;
  readonly host: string;
  readonly added: ProposedHost['added'];
  readonly clashes: boolean;
  /** Address it answers at now, when that is another one. */
  readonly stays: string | null;
}
/** POST /pengaturan/sertifikat: `aksi` simpan (penerbit, direktori, kontak, pelanggan, pelanggan_kunci), periksa and unggah
 * (sertifikat, kunci), minta, buang (id). */
export interface CertificatesModel {
  readonly authority: 'internal' | 'acme';
  readonly directoryUrl: string;
  readonly contact: string;
  readonly bindingId: string;
  readonly bindingKey: 'kept' | 'none';
  readonly total: number;
  readonly certified: number;
  readonly notes: readonly { readonly tone: 'ok' | 'wait' | 'act' | 'down'; readonly text: string }[];
  readonly rows: readonly {
    readonly id: string;
    readonly source: 'acme' | 'upload';
    readonly issuedBy: string;
    readonly names: readonly string[];
    readonly notAfter: string;
    /** null = nobody does it by itself. */
    readonly renewAt: string | null;
    readonly tone: 'ok' | 'act' | 'down';
    readonly installed: 'waiting' | 'served';
  }[];
  readonly refused: readonly {
    readonly host: string;
    readonly what: string;
    readonly next: string;
    readonly retryAt: string;
  }[];
  /** What a certificate would cover that somebody just had checked. */
  readonly check: {
    readonly issuedBy: string;
    readonly names: string;
    readonly notAfter: string | null;
    readonly covered: number;
    readonly hosts: readonly { readonly host: string; readonly by: string | null }[];
  } | null;
}
/**
 * POST /pengaturan: bagian, and of its section kantor, warna · pola, akhiran · surel_* · jeda_pantau, paralel, gelombang,
 * henti · memori_<app>, bulan_token · keluar (many), keluar_lain · bahasa, zona. `aksi`: contoh (look only), uji (test mail), hapus (forget the mail
 * server), warna_bawaan. POST /pengaturan/logo (multipart): berkas, or hapus.
 */
export interface SettingsModel {
  readonly section: SettingSection;
  readonly canAct: boolean;
  readonly form: FormState;
  readonly identity: {
    readonly office: string;
    readonly color: string;
    readonly custom: 'custom' | 'usual';
    /** Shade that is used in the light, when the chosen one would not be readable. */
    readonly adjusted: string | null;
    readonly logo: string | null;
    readonly logoKilobytes: number;
  };
  readonly domain: {
    readonly pattern: PatternPreview;
    readonly suffix: string;
    readonly installed: number;
    /** Desa without an address of their own yet whose address differs from the kept pattern's. */
    readonly changed: number;
    readonly hosts: readonly HostRow[];
  };
  /** null = another section is shown. */
  readonly certificates: CertificatesModel | null;
  readonly mail: {
    readonly settings: MailSettings | null;
    readonly password: 'kept' | 'none';
    readonly testedAt: string | null;
    readonly testTo: string;
  };
  readonly rollout: {
    readonly soakSeconds: number;
    readonly parallel: number;
    readonly waves: string;
    readonly haltAt: number;
  };
  readonly limits: {
    readonly apps: readonly {
      readonly app: string;
      readonly label: string;
      readonly mebibytes: number | null;
      readonly usual: number;
    }[];
    readonly tokenMonths: number;
  };
  readonly outside: {
    /** `apps`: labels. */
    readonly calls: readonly {
      readonly key: OutsideKey;
      readonly host: string;
      readonly apps: string;
      readonly state: 'open' | 'closed';
    }[];
    readonly settled: readonly { readonly key: SettledKey; readonly host: string; readonly apps: string }[];
    /** One a line. */
    readonly others: string;
  };
  readonly language: { readonly locale: 'id' | 'en'; readonly timezone: string | null; readonly ownZone: string };
}
