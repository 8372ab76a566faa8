import { accentOf, DEFAULT_COLOR } from '../../domain/brand';
import { parsePattern, proposeHosts, type ProposedHost } from '../../domain/domain-pattern';
import { kodeWilayah, type Jenis } from '../../domain/kode-wilayah';
import { OUTSIDE_CALLS, otherHosts, SETTLED_CALLS } from '../../domain/outside-calls';
import type { LoadedRegion } from '../../domain/region';
import type { Settings } from '../../domain/settings';
import type { MailState } from '../../services/mail-service';
import type { FormState } from '../view-models/common';
import type { PatternPreview } from '../view-models/entry';
import type { HostRow, SettingSection, SettingsModel } from '../view-models/settings';
import { certificatesModel, type CertificateFacts } from './settings-certificates';
import type { Words } from './words';

const MIB = 1024 ** 2;

type Host = ProposedHost & { readonly kecamatan: string };
/** A page asks the same pattern thrice: for its preview, its rows and what they differ from. */
const given = new WeakMap<readonly LoadedRegion[], Map<string, readonly Host[]>>();

/** Every host a pattern gives; none while it is malformed. */
export const hostsOf = (text: string, suffix: string | null, regions: readonly LoadedRegion[]): readonly Host[] => {
  const own = given.get(regions) ?? new Map<string, readonly Host[]>();
  given.set(regions, own);
  const key = `${text} ${suffix ?? ''}`;
  const hosts = own.get(key) ?? propose(text, suffix, regions);
  own.set(key, hosts);
  return hosts;
};
const propose = (text: string, suffix: string | null, regions: readonly LoadedRegion[]): readonly Host[] => {
  const parsed = parsePattern(text, suffix);
  if ('fault' in parsed) return [];
  const names = new Map(regions.map((one) => [String(one.kode), one.nama] as const));
  const desa = regions
    .filter((one) => one.level === 'desa' && one.active)
    .map((one) => ({
      kode: kodeWilayah(one.kode),
      nama: one.nama,
      jenis: one.jenis as Jenis,
      kecamatan: names.get(String(one.parent ?? '')) ?? '',
    }));
  const kecamatan = new Map(desa.map((one) => [String(one.kode), one.kecamatan] as const));
  return proposeHosts(parsed.pattern, desa).map((one) => ({ ...one, kecamatan: kecamatan.get(one.kode) ?? '' }));
};

export interface SettingsFacts {
  readonly settings: Settings;
  readonly mail: MailState;
  readonly regions: readonly LoadedRegion[];
  /** kode → host it has already. */
  readonly given: ReadonlyMap<string, string>;
  readonly installed: number;
  readonly apps: readonly { readonly name: string; readonly label: string; readonly memoryBytes: number }[];
  readonly logo: string | null;
  readonly logoBytes: number;
  readonly preview: PatternPreview;
  readonly testTo: string;
  /** null = another section is shown. */
  readonly certificates: CertificateFacts | null;
}

/** Those that need a look come first: shared hosts, then names that got something added. */
const hostRows = (facts: SettingsFacts, suffix: string | null): readonly HostRow[] =>
  hostsOf(facts.preview.pattern, suffix, facts.regions)
    .map((one) => {
      const has = facts.given.get(one.kode) ?? null;
      return {
        kode: one.kode,
        nama: one.nama,
        kecamatan: one.kecamatan,
        host: one.host,
        added: one.added,
        clashes: one.clash.length > 0,
        stays: has === null || has === one.host ? null : has,
      };
    })
    .sort(
      (left, right) =>
        Number(right.clashes) - Number(left.clashes) ||
        Number(right.added !== 'nothing') - Number(left.added !== 'nothing') ||
        left.kode.localeCompare(right.kode),
    );

const domainOf = (facts: SettingsFacts, suffix: string): SettingsModel['domain'] => {
  const { settings, regions, given } = facts;
  const end = suffix === '' ? null : suffix;
  const hosts = hostRows(facts, end);
  const kept = new Map(
    hostsOf(settings.domainPattern ?? '', settings.suffix, regions).map((one) => [String(one.kode), one.host] as const),
  );
  const changed = hosts.filter((one) => !given.has(one.kode) && kept.get(one.kode) !== one.host).length;
  return { pattern: facts.preview, suffix, installed: facts.installed, changed, hosts };
};

const identityOf = ({ settings, logo, logoBytes }: SettingsFacts): SettingsModel['identity'] => {
  const color = settings.brandColor ?? DEFAULT_COLOR;
  const accent = accentOf(color);
  return {
    office: settings.brandName ?? 'Diskominfo',
    color,
    custom: settings.brandColor === null ? 'usual' : 'custom',
    adjusted: settings.brandColor !== null && accent.adjusted ? accent.light.accent : null,
    logo,
    logoKilobytes: Math.round(logoBytes / 1024),
  };
};

const outsideOf = ({ settings, apps }: SettingsFacts): SettingsModel['outside'] => {
  const labels = new Map(apps.map((one) => [one.name, one.label] as const));
  const named = (names: readonly string[]): string => names.map((name) => labels.get(name) ?? name).join(', ');
  return {
    calls: OUTSIDE_CALLS.map(({ key, host, apps: names }) => ({
      key,
      host,
      apps: named(names),
      state: settings.egress.includes(host) ? 'open' : 'closed',
    })),
    settled: SETTLED_CALLS.map(({ key, host, apps: names }) => ({ key, host, apps: named(names) })),
    others: otherHosts(settings.egress).join('\n'),
  };
};

export interface SettingsWish {
  readonly section: SettingSection;
  readonly suffix: string;
  readonly canAct: boolean;
  readonly form: FormState;
}
export const settingsPage = (facts: SettingsFacts, words: Words, wish: SettingsWish): SettingsModel => {
  const { settings, mail } = facts;
  return {
    section: wish.section,
    canAct: wish.canAct,
    form: wish.form,
    identity: identityOf(facts),
    domain: domainOf(facts, wish.suffix),
    certificates: facts.certificates === null ? null : certificatesModel(facts.certificates, words),
    mail: { ...mail, testTo: facts.testTo },
    rollout: {
      soakSeconds: settings.soakSeconds,
      parallel: settings.parallel,
      waves: settings.waves.join(', '),
      haltAt: settings.haltAt,
    },
    limits: {
      apps: facts.apps.map(({ name, label, memoryBytes }) => ({
        app: name,
        label,
        mebibytes: settings.memoryLimitsMiB[name] ?? null,
        usual: Math.round(memoryBytes / MIB),
      })),
      tokenMonths: settings.tokenMonths,
    },
    outside: outsideOf(facts),
    language: { locale: settings.locale, timezone: settings.timezone, ownZone: words.f.zone },
  };
};
