import type { AppAdapter, InstanceContext, ReleaseFacts, Task } from '../contracts';
import {
  firstSettings,
  judgeOpensid,
  MIGRASI_GUARD,
  opensidFiles,
  opensidRows,
  ownerFiles,
  printedName,
  TEMPLATE_WILAYAH,
} from '../lib/opensid-files';
import {
  appFolder,
  MIB,
  phpConstant,
  phpConstraint,
  plainVersion,
  releaseNotes,
  releaseText,
  WEB_ID,
} from '../lib/php-app';
import { promisedParts } from '../lib/promised-structure';
import { refusal } from '../lib/release-rules';

const CONSTANTS = 'donjo-app/helpers/opensid_helper.php';

async function readRelease(root: string): Promise<ReleaseFacts> {
  const source = await releaseText(root, CONSTANTS);
  const found = source === null ? null : phpConstant(source, 'VERSION');
  if (source === null || found === null) throw refusal('not_a_release', { path: CONSTANTS });
  const version = plainVersion(found);
  if (version === null) throw refusal('version_invalid', { version: found.slice(0, 40) });
  return {
    version,
    schemaVersion: phpConstant(source, 'VERSI_DATABASE'),
    phpConstraint: await phpConstraint(root),
    channel: phpConstant(source, 'PREMIUM') === 'true' ? 'premium' : 'umum',
    notes: await releaseNotes(root),
  };
}

const oneShot =
  (route: string, minutes: number) =>
  (ctx: InstanceContext): Task => ({
    argv: ['php', 'index.php', `siappakai/${route}`],
    files: ownerFiles(ctx),
    timeoutMs: minutes * 60_000,
  });

/**
 * OpenSID in one shared schema: a desa is a row of `config` found by the content of desa/app_key.
 *
 * Order on an empty schema: provision + migrate with `template` as the tenant (config.id 1), guards(), and only then real
 * desa. desa/app_key belongs to root in a sticky folder: neither the seeder nor a visitor can replace it (measured on
 * v2408, v2409 and v2410), so the key given in `shared.app_key` is the key in the schema.
 */
export const app: AppAdapter = {
  name: 'opensid',
  label: 'OpenSID',
  description: 'Sistem informasi desa: situs publik, administrasi dan Layanan Mandiri.',
  icon: 'home',
  scope: 'desa',
  path: '/',
  order: 10,
  needs: [],
  database: 'shared',
  phpLines: ['8.2'],
  pairing: 'any',
  licence: 'gpl',
  limits: { memoryBytes: 768 * MIB, memoryReservationBytes: 256 * MIB, pids: 64 },
  holdsTraffic: false,
  secrets: {},
  volumes: [
    {
      key: 'desa',
      target: '/app/desa',
      folders: [
        { path: '.', mode: 0o1775, uid: 0, gid: WEB_ID },
        { path: 'config', mode: 0o755, uid: 0, gid: 0 },
      ],
    },
    { key: 'logs', target: '/app/storage/logs', folders: [appFolder('.')] },
    { key: 'backup', target: '/app/backup_inkremental', folders: [appFolder('.')] },
    { key: 'sesi', target: '/sesi', folders: [appFolder('.', 0o700)] },
  ],
  sharedMounts: [],
  tmpfs: [
    { target: '/app/storage/framework', sizeBytes: 32 * MIB },
    { target: '/run', sizeBytes: 4 * MIB },
    { target: '/tmp', sizeBytes: 64 * MIB },
  ],
  configTargets: ['/app/desa/config'],
  template: TEMPLATE_WILAYAH,
  readRelease,
  files: opensidFiles,
  seedFiles: (ctx) => ({
    desa: [{ path: 'app_key', content: ctx.shared['app_key'] ?? '', mode: 0o440, uid: 0, gid: WEB_ID }],
  }),
  tasks: {
    provision: oneShot('provision', 15),
    migrate: oneShot('migrate', 120),
    followUp: oneShot('migrate-ulang', 120),
  },
  judge: judgeOpensid,
  migrations: {
    files: /^donjo-app\/models\/migrations\/Migrasi_\d+\.php$/,
    list: { table: 'migrasi', column: 'versi_database' },
    recorded: (_paths, schemaVersion) => (schemaVersion === null ? [] : [schemaVersion]),
    promises: promisedParts,
  },
  afterProvision: firstSettings,
  guards: () => [MIGRASI_GUARD],
  tenantRows: opensidRows,
  page: (ctx) => ({
    path: '/',
    mustContain: [printedName(ctx.wilayah), ctx.version],
    alive: ['/siteman', '/layanan-mandiri/masuk'],
  }),
  firstAccount: { username: 'admin', loginPath: '/siteman' },
};
