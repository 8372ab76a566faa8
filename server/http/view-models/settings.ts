import type { ProposedHost } from '../../domain/domain-pattern';
import type { OUTSIDE_CALLS, SETTLED_CALLS } from '../../domain/outside-calls';
import type { MailSettings } from '../../domain/settings';
import type { FormState } from './common';
import type { PatternPreview } from './entry';

type OutsideKey = (typeof OUTSIDE_CALLS)[number]['key'];
type SettledKey = (typeof SETTLED_CALLS)[number]['key'];

export const SETTING_SECTIONS = ['identitas', 'domain', 'email', 'pembaruan', 'batas', 'keluar', 'bahasa'] as const;
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
