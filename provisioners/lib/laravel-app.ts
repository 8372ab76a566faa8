/** What the Laravel apps (PBB, mobile API) share: release facts, environment from our own allow-list, storage volume. */
import type { AppVolume, FileSpec, InstanceContext, OneShotResult, ReleaseFacts, TaskVerdict } from '../contracts';
import { ProvisionError } from '../contracts';
import {
  appFolder,
  lastAnswer,
  lastLine,
  phpConstraint,
  plainVersion,
  releaseNotes,
  releaseText,
  WEB_ID,
} from './php-app';
import { refusal } from './release-rules';

/** The vendor's own licence service. Nothing of ours ever answers in its place. */
export const VENDOR_LICENCE_HOST = 'https://layanan.opendesa.id';

/** Files that may name the version of a plain release; encoded ones name it nowhere, there the tag counts. */
const VERSION_FILES = ['app/Helpers/helper.php', 'app/Console/Commands/AppVersion.php', 'config/app.php'];
const QUOTED_VERSION = /['"]v?(\d{4}\.\d+\.\d+)['"]/;

async function versionOf(
  root: string,
  hint: { readonly tag?: string; readonly label: string },
): Promise<string | null> {
  for (const path of VERSION_FILES) {
    const found = QUOTED_VERSION.exec((await releaseText(root, path)) ?? '')?.[1];
    if (found !== undefined) return found;
  }
  return plainVersion(hint.tag ?? '') ?? /v?(\d{4}\.\d+\.\d+)/.exec(hint.label)?.[1] ?? null;
}

/** Facts of a Laravel tree that has `artisan` and `marker`, a file only this app has. */
export async function laravelRelease(
  root: string,
  hint: { readonly tag?: string; readonly label: string },
  marker: string,
): Promise<ReleaseFacts> {
  for (const path of ['artisan', marker])
    if ((await releaseText(root, path)) === null) throw refusal('not_a_release', { path });
  const version = await versionOf(root, hint);
  if (version === null) throw refusal('version_invalid', { version: hint.label.slice(0, 80) });
  return {
    version,
    schemaVersion: null,
    phpConstraint: await phpConstraint(root),
    channel: 'umum',
    notes: await releaseNotes(root),
  };
}

/** A secret of the instance; 'invalid' when the control plane forgot it. */
export function secretOf(ctx: InstanceContext, name: string): string {
  const value = ctx.secrets[name];
  if (value === undefined || value === '')
    throw new ProvisionError('invalid', 'secret missing', { instance: ctx.instanceId, secret: name });
  return value;
}

/** Keys both apps read. Cache keys carry desa and version, so a new version never reads what an old one left. */
export function laravelEnv(
  ctx: InstanceContext,
  account: { readonly user: string; readonly password: string },
): Readonly<Record<string, string>> {
  if (ctx.database === null) throw new ProvisionError('invalid', 'no database given', { instance: ctx.instanceId });
  return {
    APP_ENV: 'production',
    APP_DEBUG: 'false',
    APP_KEY: secretOf(ctx, 'app_key'),
    APP_URL: ctx.publicUrl,
    ASSET_URL: ctx.publicUrl,
    DB_CONNECTION: 'mysql',
    DB_HOST: ctx.database.host,
    DB_PORT: String(ctx.database.port),
    DB_DATABASE: ctx.database.schema,
    DB_USERNAME: account.user,
    DB_PASSWORD: account.password,
    CACHE_DRIVER: 'file',
    CACHE_PREFIX: `${ctx.app}_${ctx.wilayah.kodeAngka}_${ctx.version.replaceAll('.', '_')}`,
    QUEUE_CONNECTION: 'sync',
    LOG_CHANNEL: 'daily',
    LOG_LEVEL: 'warning',
    LOG_SLACK_WEBHOOK_URL: '',
    VIEW_COMPILED_PATH: '/tmp/views',
    KODE_DESA: ctx.wilayah.kode,
    HOST_PREMIUM: VENDOR_LICENCE_HOST,
    // Only a token issued by OpenDesa; ours (kind A) never goes here.
    TOKEN_PREMIUM: ctx.shared['token_opendesa'] ?? '',
    SIAPPAKAI_HEALTH_KEY: ctx.identityKey,
  };
}

const STORAGE_FOLDERS = [
  '.',
  'app',
  'app/public',
  'framework',
  'framework/cache',
  'framework/cache/data',
  'framework/sessions',
  'framework/views',
  'logs',
];

/** Everything Laravel writes; its compiled views go to /tmp instead and are new with every container. */
export const storageVolume: AppVolume = {
  key: 'storage',
  target: '/app/storage',
  folders: STORAGE_FOLDERS.map((path) => appFolder(path)),
};

/** A file laid into a volume once, readable by the app and owned by root. */
export const seededFile = (path: string, content: string): FileSpec => ({
  path,
  content,
  mode: 0o440,
  uid: 0,
  gid: WEB_ID,
});

/** Judges our task script: exit 0, every migration of the tree recorded, and the row of this desa is there. */
export function judgeLaravel(result: OneShotResult): TaskVerdict {
  const answer = lastAnswer(result);
  const pending = answer?.['pending'];
  const facts = {
    tenantId: typeof answer?.['tenant_id'] === 'number' ? answer['tenant_id'] : null,
    kode: typeof answer?.['kode'] === 'string' ? answer['kode'] : null,
    applied: typeof answer?.['applied'] === 'number' ? answer['applied'] : null,
    pending: typeof pending === 'number' ? pending : null,
    seconds: typeof answer?.['detik'] === 'number' ? answer['detik'] : null,
    firstError: typeof answer?.['galat'] === 'string' ? answer['galat'].slice(0, 300) : null,
  };
  const reason =
    answer === null
      ? result.exitCode === 0
        ? 'no_answer'
        : 'task_died'
      : facts.firstError !== null
        ? 'migration_failed'
        : pending !== 0
          ? 'not_migrated'
          : facts.tenantId === null
            ? 'tenant_missing'
            : result.exitCode !== 0 || answer['ok'] !== true
              ? 'task_died'
              : null;
  return {
    ok: reason === null,
    reason,
    facts: { ...facts, firstError: facts.firstError ?? (reason === null ? null : lastLine(result)) },
  };
}
