import path from 'node:path';
import type { AppAdapter, FileSpec, InstanceContext, Task } from '../contracts';
import { ProvisionError } from '../contracts';
import { judgeLaravel, laravelEnv, laravelRelease, storageVolume } from '../lib/laravel-app';
import { promisedParts } from '../lib/promised-structure';
import { appFolder, envFile, MIB, nginxFile, plainName } from '../lib/php-app';

const env = (ctx: InstanceContext, account: { readonly user: string; readonly password: string }): FileSpec =>
  envFile({
    ...laravelEnv(ctx, account),
    APP_NAME: 'PBB',
    DB_MIGRATE: 'false',
    FILESYSTEM_DISK: 'public',
    SESSION_DRIVER: 'file',
    SESSION_LIFETIME: '120',
    SESSION_COOKIE: `pbb_${ctx.wilayah.kodeAngka}`,
    SESSION_SECURE_COOKIE: ctx.publicUrl.startsWith('https://') ? 'true' : 'false',
    REDIS_PREFIX: `pbb_${ctx.wilayah.kodeAngka}_`,
    SANCTUM_STATEFUL_DOMAINS: ctx.hosts.join(','),
    TELEGRAM_BOT_TOKEN: '',
    TELEGRAM_BOT_NAME: '',
    OTP_EXPIRES_MINUTES: '5',
    OTP_MAX_SEND: '1',
    OTP_MAX_ATTEMPTS: '3',
    CSP_ENABLED: 'true',
    WEB_DEMO: 'false',
    MAIL_MAILER: 'log',
  });

/** One line of JSON: what `pengaturan_aplikasi` and `tenants` need to know of this desa. */
const identity = (ctx: InstanceContext): string =>
  JSON.stringify({
    nama_desa: plainName(ctx.wilayah.nama),
    nama_kecamatan: plainName(ctx.wilayah.kecamatan.nama),
    nama_kabupaten: plainName(ctx.wilayah.kabupaten.nama),
    nama_provinsi: plainName(ctx.wilayah.provinsi.nama),
    kode_desa: ctx.wilayah.kode,
    opensid_url: `${ctx.siteUrl}/api`,
  });

const oneShot =
  (verb: string) =>
  (ctx: InstanceContext): Task => {
    if (ctx.owner === null) throw new ProvisionError('invalid', 'no schema owner given', { instance: ctx.instanceId });
    const owned = env(ctx, ctx.owner);
    return {
      argv: ['php', '/opt/siappakai/tugas.php', verb],
      files: [{ ...owned, content: `${owned.content?.toString() ?? ''}PBB_IDENTITAS=${identity(ctx)}\n` }],
      timeoutMs: 30 * 60_000,
    };
  };

/**
 * PBB in a schema of its own per desa: without its tenant row the app shows everybody's data, so the row is part of every
 * verdict. The environment's token counts only at the first migration; later it lives in the app's own settings.
 */
export const app: AppAdapter = {
  name: 'pbb',
  label: 'PBB',
  description: 'Pajak bumi dan bangunan desa: SPPT, pembayaran dan laporan.',
  icon: 'receipt-tax',
  scope: 'desa',
  path: '/pbb',
  order: 30,
  needs: ['opensid'],
  database: 'own',
  phpLines: ['8.2', '8.4'],
  pairing: 'any',
  licence: 'entitlement',
  limits: { memoryBytes: 512 * MIB, memoryReservationBytes: 128 * MIB, pids: 64 },
  holdsTraffic: true,
  secrets: { app_key: 'laravel_key' },
  volumes: [storageVolume, { key: 'impor', target: '/app/public/import', folders: [appFolder('.')] }],
  sharedMounts: [],
  tmpfs: [
    { target: '/app/bootstrap/cache', sizeBytes: 4 * MIB },
    { target: '/run', sizeBytes: 4 * MIB },
    { target: '/tmp', sizeBytes: 64 * MIB },
  ],
  configTargets: [],
  readRelease: (root, hint) => laravelRelease(root, hint, 'app/Http/Controllers/Transaksi/SpptController.php'),
  files: (ctx) => [env(ctx, ctx.database ?? { user: '', password: '' }), nginxFile(ctx)],
  seedFiles: () => ({}),
  tasks: { provision: oneShot('provision'), migrate: oneShot('migrate') },
  judge: (_task, result) => judgeLaravel(result),
  migrations: {
    files: /^database\/migrations\/[^/]+\.php$/,
    list: { table: 'migrations', column: 'migration' },
    recorded: (paths) => paths.map((one) => path.basename(one, '.php')),
    promises: promisedParts,
  },
  afterProvision: (ctx) => [
    {
      sql: "UPDATE users SET password = ? WHERE username = 'admin'",
      values: [ctx.adminPasswordHash.replace(/^\$2[ab]\$/, '$2y$')],
    },
  ],
  page: (ctx) => ({ path: '/login', mustContain: ['name="username"', ctx.version] }),
  firstAccount: { username: 'admin', loginPath: '/login' },
};
