import path from 'node:path';
import { z } from 'zod';
import { AppError } from './domain/errors';
import { Secret } from './domain/secret';

/** Which defaults a first `up` takes. */
export type Preset = 'production' | 'demo';

/** What the surroundings say; null = they say nothing. The only place where they are asked. */
export interface Environment {
  readonly home: string | null;
  readonly name: string | null;
  readonly httpPort: number | null;
  readonly httpsPort: number | null;
  readonly dashboardPort: number | null;
  readonly databaseUrl: Secret | null;
  readonly tenantDatabaseUrl: Secret | null;
  readonly redisUrl: Secret | null;
  /** `unix:///…`, `tcp://…`; the engine every container of this installation runs on. */
  readonly dockerHost: string | null;
  readonly language: string | null;
}

/** Prefix of containers, networks, volumes and units. */
export const NAME_FORM = /^[a-z][a-z0-9-]{0,30}$/;

const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((value) => value >= 1 && value <= 65_535);
const urlOf = (...schemes: readonly string[]) =>
  z
    .string()
    .refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)))
    .transform((value) => new Secret(value));

const schema = z.object({
  SIAPPAKAI_HOME: z
    .string()
    .refine((value) => path.isAbsolute(value))
    .transform((value) => path.resolve(value))
    .optional(),
  SIAPPAKAI_NAME: z.string().regex(NAME_FORM).optional(),
  SIAPPAKAI_HTTP_PORT: port.optional(),
  SIAPPAKAI_HTTPS_PORT: port.optional(),
  SIAPPAKAI_DASHBOARD_PORT: port.optional(),
  SIAPPAKAI_DATABASE_URL: urlOf('mysql', 'mariadb').optional(),
  SIAPPAKAI_TENANT_DATABASE_URL: urlOf('mysql', 'mariadb').optional(),
  SIAPPAKAI_REDIS_URL: urlOf('redis', 'rediss', 'redis+unix').optional(),
  DOCKER_HOST: z
    .string()
    .regex(/^(unix:\/\/\/|tcp:\/\/|http:\/\/|https:\/\/|ssh:\/\/)/)
    .optional(),
  LANG: z.string().optional(),
});

type Variables = Readonly<Record<string, string | undefined>>;

/** Throws AppError('bad_environment') that names the variable; an empty variable counts as not given. */
export const readEnvironment = (variables: Variables = process.env): Environment => {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw new AppError('bad_environment', { variable: String(parsed.error.issues[0]?.path[0] ?? '') });
  }
  const { data } = parsed;
  return {
    home: data.SIAPPAKAI_HOME ?? null,
    name: data.SIAPPAKAI_NAME ?? null,
    httpPort: data.SIAPPAKAI_HTTP_PORT ?? null,
    httpsPort: data.SIAPPAKAI_HTTPS_PORT ?? null,
    dashboardPort: data.SIAPPAKAI_DASHBOARD_PORT ?? null,
    databaseUrl: data.SIAPPAKAI_DATABASE_URL ?? null,
    tenantDatabaseUrl: data.SIAPPAKAI_TENANT_DATABASE_URL ?? null,
    redisUrl: data.SIAPPAKAI_REDIS_URL ?? null,
    dockerHost: data.DOCKER_HOST ?? null,
    language: data.LANG ?? null,
  };
};

/** Variables handed to a child that must not see this installation, e.g. the test runner. */
export const foreignVariables = (variables: Variables = process.env): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('SIAPPAKAI_'),
    ),
  );

/** Folders and files of one installation, all below its home. */
export interface HomePaths {
  readonly home: string;
  readonly installation: string;
  readonly secrets: string;
  readonly masterKeys: string;
  readonly run: string;
  /** Writable by web: its socket for the proxy. */
  readonly webRun: string;
  readonly mariadbRun: string;
  readonly redisRun: string;
  readonly proxyRun: string;
  readonly logs: string;
  readonly releases: string;
  readonly dumps: string;
  readonly archives: string;
  readonly proxy: string;
  /** Writable by web. */
  readonly uploads: string;
}

export const homePaths = (home: string): HomePaths => ({
  home,
  installation: path.join(home, 'installation.json'),
  secrets: path.join(home, 'secrets'),
  masterKeys: path.join(home, 'secrets', 'master-keys.json'),
  run: path.join(home, 'run'),
  webRun: path.join(home, 'run', 'web'),
  mariadbRun: path.join(home, 'run', 'mariadb'),
  redisRun: path.join(home, 'run', 'redis'),
  proxyRun: path.join(home, 'run', 'proxy'),
  logs: path.join(home, 'logs'),
  releases: path.join(home, 'releases'),
  dumps: path.join(home, 'dumps'),
  archives: path.join(home, 'archives'),
  proxy: path.join(home, 'proxy'),
  uploads: path.join(home, 'uploads'),
});

/** One installation as every process of it sees it: the stored file with the surroundings over it. */
export interface Config {
  readonly home: string;
  readonly name: string;
  /** ULID; part of every label and every look-up. */
  readonly id: string;
  readonly preset: Preset;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly dashboardPort: number;
  readonly createdAt: string;
  readonly dockerHost: string;
  /** null = the embedded one. */
  readonly databaseUrl: Secret | null;
  /** null = the embedded one, or this process may not know it (web). */
  readonly tenantDatabaseUrl: Secret | null;
  readonly redisUrl: Secret | null;
  readonly paths: HomePaths;
}

/** What a first `up` takes when the surroundings are silent. */
export const DEFAULTS: Readonly<
  Record<
    Preset,
    {
      readonly home: string;
      readonly name: string;
      readonly httpPort: number;
      readonly httpsPort: number;
      readonly dashboardPort: number;
    }
  >
> = {
  production: { home: '/var/lib/siappakai', name: 'siappakai', httpPort: 80, httpsPort: 443, dashboardPort: 8700 },
  demo: { home: '/var/lib/siappakai-demo', name: 'demo', httpPort: 8080, httpsPort: 8443, dashboardPort: 8701 },
};
export const DEFAULT_DOCKER_HOST = 'unix:///var/run/docker.sock';
