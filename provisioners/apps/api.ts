import type { AppAdapter, FileSpec, InstanceContext, SharedMount } from '../contracts';
import { judgeLaravel, laravelEnv, laravelRelease, secretOf, seededFile, storageVolume } from '../lib/laravel-app';
import { envFile, jsonOf, MIB, nginxFile, plainName, property, WEB_ID } from '../lib/php-app';

const env = (ctx: InstanceContext): FileSpec =>
  envFile({
    ...laravelEnv(ctx, ctx.database ?? { user: '', password: '' }),
    APP_NAME: 'OpenSID API',
    APP_TIMEZONE: ctx.settings.timezone,
    APP_LOCALE: 'id',
    FILESYSTEM_DISK: 'local',
    SESSION_DRIVER: 'array',
    SESSION_LIFETIME: '120',
    // Disk `ftp` is a local folder here (config/filesystems.php of the image): no FTP server exists.
    FTP_URL: ctx.siteUrl,
    FTP_ROOT: '/opensid',
    JWT_SECRET: secretOf(ctx, 'jwt_secret'),
    JWT_TTL: '10080',
    MAIL_MAILER: 'log',
    MAIL_FROM_ADDRESS: `noreply@${ctx.hosts[0] ?? 'localhost'}`,
  });

const desaFolder = (folder: string, readOnly: boolean): SharedMount => ({
  app: 'opensid',
  volume: 'desa',
  folder,
  target: `/opensid/desa/${folder}`,
  readOnly,
});

/** `profil-desa` as the licence lets it be seen: code and name of the desa. */
const toldProfile = (body: string): { readonly kode: string; readonly nama: string } | null => {
  const desa = property(property(jsonOf(body), 'data'), 'attributes');
  const [kode, nama] = [property(property(desa, 'alamat'), 'kode_desa'), property(desa, 'nama_desa')];
  return typeof kode === 'string' && typeof nama === 'string' ? { kode, nama } : null;
};

const fixedFolder = (path: string): { path: string; mode: number; uid: number; gid: number } => ({
  path,
  mode: 0o755,
  uid: 0,
  gid: WEB_ID,
});

/**
 * The mobile API lives in its desa's OpenSID schema and finds its desa by its own copy of app_key. It has no tables, and
 * `artisan migrate` would create some in OpenSID's schema: there is no task. Its cache must never be shared: keys in it carry
 * no desa.
 */
export const app: AppAdapter = {
  name: 'api',
  label: 'API Layanan',
  description: 'API untuk aplikasi seluler warga (LayananDesa) dan perangkat desa (KelolaDesa).',
  icon: 'device-mobile',
  scope: 'desa',
  path: '/api',
  order: 20,
  needs: ['opensid'],
  database: 'borrowed',
  phpLines: ['8.4'],
  pairing: 'not_newer',
  licence: 'entitlement',
  limits: { memoryBytes: 512 * MIB, memoryReservationBytes: 128 * MIB, pids: 64 },
  holdsTraffic: false,
  secrets: { app_key: 'laravel_key', jwt_secret: 'jwt64' },
  volumes: [
    storageVolume,
    {
      key: 'berkas',
      target: '/opensid/desa',
      folders: ['.', 'logo', 'arsip', 'upload'].map((path) => fixedFolder(path)),
    },
  ],
  sharedMounts: [desaFolder('logo', true), desaFolder('arsip', true), desaFolder('upload', false)],
  tmpfs: [
    { target: '/app/bootstrap/cache', sizeBytes: 4 * MIB },
    { target: '/run', sizeBytes: 4 * MIB },
    { target: '/tmp', sizeBytes: 64 * MIB },
  ],
  configTargets: [],
  readRelease: (root, hint) => laravelRelease(root, hint, 'config/gabungan.php'),
  files: (ctx) => [env(ctx), nginxFile(ctx)],
  seedFiles: (ctx) => ({ berkas: [seededFile('app_key', ctx.shared['app_key'] ?? '')] }),
  tasks: {},
  judge: (_task, result) => judgeLaravel(result),
  page: (ctx) => ({
    path: '/',
    mustContain: ['"version"', `v${ctx.version}`],
    tells: { path: '/api/v1/profil-desa', nama: plainName(ctx.wilayah.nama), read: toldProfile },
  }),
  firstAccount: null,
};
