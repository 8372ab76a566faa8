import { z } from 'zod';
import { COLOR_FORM } from './brand';
import { kodeKabupatenSchema } from './kode-wilayah';

/** `a.b-c.go.id`: lower case, at least two labels, no port; the last one has a letter, or it would be an address. */
export const hostnameSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(190)
  .regex(
    /^(?=.{1,190}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.(?!\d+$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'hostname',
  );
const address = z.string().trim().toLowerCase().max(190).pipe(z.email());
const port = z.number().int().min(1).max(65535);
const memoryMiB = z.number().int().min(128).max(16384);

/** The mail server of the office; its password is kept apart. */
export const mailSchema = z.object({
  host: hostnameSchema.or(z.ipv4()).or(z.literal('localhost')),
  port,
  /** tls = from the first byte (465), starttls = demanded after the greeting (587), none = in the clear (25, local). */
  security: z.enum(['tls', 'starttls', 'none']),
  user: z.string().trim().min(1).max(190).nullable(),
  from: address,
  fromName: z.string().trim().min(1).max(80),
});
export type MailSettings = Readonly<z.output<typeof mailSchema>>;

const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';
/** Who signs the certificates of hosts. The key of an external account binding is kept apart. */
export const certificateSchema = z.object({
  /** internal = the CA of this installation, which browsers do not know · acme = an authority they know */
  authority: z.enum(['internal', 'acme']),
  directoryUrl: z
    .string()
    .trim()
    .max(500)
    .pipe(z.url({ protocol: /^https$/ })),
  contact: address.nullable(),
  /** Of the external account binding; most authorities want none. */
  bindingId: z.string().trim().min(1).max(190).nullable(),
  /** PEM of the root of an office's own authority. */
  trust: z
    .string()
    .trim()
    .max(20_000)
    .regex(/^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----$/)
    .nullable(),
});
export type CertificateSettings = Readonly<z.output<typeof certificateSchema>>;

/** Every key an admin may change; what is not stored has the default. */
export const settingSchemas = {
  kabupaten: z.object({ kode: kodeKabupatenSchema, nama: z.string().min(1).max(120) }).nullable(),
  /** Host of a desa, e.g. `{desa}.kec-{kec}.kebumenkab.go.id`. */
  domainPattern: z.string().trim().toLowerCase().min(1).max(190).nullable(),
  /** Fills `{suffix}` in the pattern. */
  suffix: hostnameSchema.nullable(),
  dashboardHost: hostnameSchema.nullable(),
  /** How long a new release must prove itself before the old one goes. */
  soakSeconds: z.number().int().min(0).max(86_400),
  /** Desa changed at the same time. */
  parallel: z.number().int().min(1).max(64),
  /** Sizes of the first waves of an update; the rest is the last wave. */
  waves: z.array(z.number().int().min(1).max(10_000)).max(6),
  /** An update stops by itself when so many desa fail alike. */
  haltAt: z.number().int().min(1).max(100),
  /** null = the zone of the kabupaten. */
  timezone: z.enum(['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura']).nullable(),
  locale: z.enum(['id', 'en']),
  /** Names outside that villages may reach; empty = none. */
  egress: z.array(hostnameSchema).max(50),
  /** Hard limit per app; an app that is not named has its own default. */
  memoryLimitsMiB: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/), memoryMiB),
  tokenMonths: z.number().int().min(1).max(60),
  /** What visitors type; null = the port the proxy listens on. */
  publicPorts: z.object({ http: port, https: port }).nullable(),
  brandName: z.string().trim().min(1).max(80).nullable(),
  /** Accent of the pages, `#rrggbb`; null = ours. */
  brandColor: z.string().trim().toLowerCase().regex(COLOR_FORM).nullable(),
  mail: mailSchema.nullable(),
  certificates: certificateSchema,
} as const;

export const settingsSchema = z.object(settingSchemas);
export type SettingKey = keyof typeof settingSchemas;
export type Settings = Readonly<z.output<typeof settingsSchema>>;

export const DEFAULT_SETTINGS: Settings = {
  kabupaten: null,
  domainPattern: null,
  suffix: null,
  dashboardHost: null,
  soakSeconds: 60,
  parallel: 4,
  waves: [1, 5, 25],
  haltAt: 2,
  timezone: null,
  locale: 'id',
  egress: [],
  memoryLimitsMiB: {},
  tokenMonths: 12,
  publicPorts: null,
  brandName: null,
  brandColor: null,
  mail: null,
  certificates: { authority: 'internal', directoryUrl: LETS_ENCRYPT, contact: null, bindingId: null, trust: null },
};

export const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(settingSchemas, key);
