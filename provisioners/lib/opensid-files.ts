/** Files, statements and judgement of OpenSID v2408–v2410. */
import type { FileSpec, InstanceContext, OneShotResult, TaskVerdict, TenantRows, Wilayah } from '../contracts';
import { ProvisionError } from '../contracts';
import { configFile, envFile, lastAnswer, lastLine, nginxFile, phpString, plainName } from './php-app';

/** The tenant with config.id 1: provisioned on the empty schema, source of parent menus, never routed, never removed. */
export const TEMPLATE_WILAYAH: Wilayah = {
  kode: '00.00.00.0000',
  kodeAngka: '0000000000',
  nama: 'Templat',
  jenis: 'desa',
  kecamatan: { kode: '00.00.00', nama: 'Templat' },
  kabupaten: { kode: '00.00', nama: 'Templat' },
  provinsi: { kode: '00', nama: 'Templat' },
};

const digits = (kode: string): string => kode.replaceAll('.', '');

/** What the village calls itself in front of its name. */
export const designation = (wilayah: Wilayah): 'desa' | 'kelurahan' =>
  wilayah.jenis === 'kelurahan' ? 'kelurahan' : 'desa';

/** The name as OpenSID prints it, e.g. "Desa Klirong". */
export const printedName = (wilayah: Wilayah): string =>
  `${designation(wilayah) === 'desa' ? 'Desa' : 'Kelurahan'} ${plainName(wilayah.nama)}`;

/** One line of JSON with the columns of table `config`. */
export const identityJson = (wilayah: Wilayah): string =>
  JSON.stringify({
    nama_desa: plainName(wilayah.nama),
    kode_desa: digits(wilayah.kode),
    nama_kecamatan: plainName(wilayah.kecamatan.nama),
    kode_kecamatan: digits(wilayah.kecamatan.kode),
    nama_kabupaten: plainName(wilayah.kabupaten.nama),
    kode_kabupaten: digits(wilayah.kabupaten.kode),
    nama_propinsi: plainName(wilayah.provinsi.nama),
    kode_propinsi: digits(wilayah.provinsi.kode),
  });

function databasePhp(ctx: InstanceContext, account: { readonly user: string; readonly password: string }): FileSpec {
  if (ctx.database === null) throw new ProvisionError('invalid', 'no database given', { instance: ctx.instanceId });
  // OpenSID takes more than 80 characters for an encrypted password.
  if (account.password.length > 79) throw new ProvisionError('invalid', 'password too long', { user: account.user });
  const lines: readonly (readonly [string, string])[] = [
    ['hostname', phpString(ctx.database.host)],
    ['port', String(ctx.database.port)],
    ['username', phpString(account.user)],
    ['password', phpString(account.password)],
    ['database', phpString(ctx.database.schema)],
    ['dbcollat', phpString('utf8_general_ci')],
    ['stricton', 'true'],
  ];
  return configFile(
    'database.php',
    `<?php\n\n${lines.map(([key, value]) => `$db['default']['${key}'] = ${value};\n`).join('')}`,
  );
}

function configPhp(ctx: InstanceContext): FileSpec {
  const token = ctx.shared['token'] ?? '';
  // kode_desa stays unset: with it OpenSID would overwrite our identity from server_pantau.
  const lines: readonly (readonly [string, string])[] = [
    ['user_admin', '0'],
    ['server_layanan', phpString(ctx.settings.layananUrl)],
    ['server_pantau', phpString(ctx.settings.pantauUrl)],
    ...(token === '' ? [] : [['token_layanan', phpString(token)] as const]),
    ['proxy_ips', phpString(ctx.proxyAddress)],
    ['cookie_secure', ctx.publicUrl.startsWith('https://') ? 'true' : 'false'],
    ['sess_save_path', phpString('/sesi')],
  ];
  return configFile(
    'config.php',
    `<?php\n\n${lines.map(([key, value]) => `$config['${key}'] = ${value};\n`).join('')}`,
  );
}

/** Files of a serving instance: its own user, which may not change the structure. */
export const opensidFiles = (ctx: InstanceContext): readonly FileSpec[] => [
  envFile({ SIAPPAKAI_HEALTH_KEY: ctx.identityKey }),
  nginxFile(ctx),
  databasePhp(ctx, ctx.database ?? { user: '', password: '' }),
  configPhp(ctx),
];

/** Files laid over those of an instance for a one-shot: the schema owner's account, and who this desa is. */
export function ownerFiles(ctx: InstanceContext): readonly FileSpec[] {
  if (ctx.owner === null) throw new ProvisionError('invalid', 'no schema owner given', { instance: ctx.instanceId });
  return [
    envFile({ SIAPPAKAI_HEALTH_KEY: ctx.identityKey, OPENSID_IDENTITAS: identityJson(ctx.wilayah) }),
    databasePhp(ctx, ctx.owner),
  ];
}

/** Settings of a new desa: nobody is told about it, its own time zone, its own word for itself, a random password. */
export function firstSettings(
  ctx: InstanceContext & { readonly tenantId: number | null; readonly adminPasswordHash: string },
): readonly { readonly sql: string; readonly values: readonly (string | number | null)[] }[] {
  const { tenantId } = ctx;
  if (tenantId === null) throw new ProvisionError('invalid', 'no tenant', { instance: ctx.instanceId });
  const settings: Readonly<Record<string, string>> = {
    enable_track: '0',
    notifikasi_koneksi: '0',
    layanan_mandiri: '1',
    timezone: ctx.settings.timezone,
    sebutan_desa: designation(ctx.wilayah),
  };
  const password = ctx.adminPasswordHash.replace(/^\$2[ab]\$/, '$2y$');
  if (!/^\$2y\$\d\d\$[./A-Za-z0-9]{53}$/.test(password))
    throw new ProvisionError('invalid', 'not a bcrypt hash', { instance: ctx.instanceId });
  return [
    ...Object.entries(settings).map(([key, value]) => ({
      sql: 'UPDATE setting_aplikasi SET value = ? WHERE config_id = ? AND `key` = ?',
      values: [value, tenantId, key],
    })),
    {
      sql: "UPDATE user SET password = ? WHERE config_id = ? AND username = 'admin'",
      values: [password, tenantId],
    },
  ];
}

/** One click of a desa's admin could otherwise delete the global row of the running version and stop every desa. */
export const MIGRASI_GUARD = `CREATE TRIGGER IF NOT EXISTS migrasi_jaga_hapus BEFORE DELETE ON migrasi FOR EACH ROW
IF SUBSTRING_INDEX(USER(), '@', 1) LIKE 'desa\\_%' THEN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'migrasi hanya oleh dasbor';
END IF`;

/** Rows of one desa, with the tables that hang on other ids and the lists its rows point to. */
export const opensidRows = (tenantId: number): TenantRows => ({
  root: { table: 'config', key: 'id' },
  column: 'config_id',
  id: tenantId,
  followers: [
    { table: 'tweb_penduduk_map', key: 'id', parent: 'tweb_penduduk', parentKey: 'id' },
    { table: 'analisis_respon', key: 'id_indikator', parent: 'analisis_indikator', parentKey: 'id' },
    { table: 'analisis_partisipasi', key: 'id_master', parent: 'analisis_master', parentKey: 'id' },
    { table: 'password_resets', key: 'email', parent: 'user', parentKey: 'email' },
  ],
  references: ['analisis_ref_state', 'analisis_ref_subjek', 'analisis_tipe_indikator', 'ref_pindah'],
});

/**
 * Lines at level ERROR that every healthy run of v2408–v2410 writes: the read-only password file, the tracker that is out of
 * reach, a menu of another release, and a list of letter codes that OpenSID itself ships with doubles.
 */
const EXPECTED_ERRORS: readonly RegExp[] = [
  /--> updateConfigFile password - /,
  /--> (GuzzleHttp\\Exception\\ConnectException|cURL error \d+).*(\/api\/track\/desa|checkip\.dyndns)/,
  /--> id_modul_null -- /,
  /--> Data kolom config_id, kode pada tabel klasifikasi_surat ada yang duplikat/,
];

/** Lines of this run that say something failed; OpenSID records such a step as done and reports success. */
export function loggedErrors(result: OneShotResult): readonly string[] {
  const lines = `${result.stderr}\n${result.stdout}`.split('\n').map((line) => line.trim());
  return lines.filter(
    (line) =>
      /^(ERROR\b|PHP (Fatal|Parse) error)|Gagal Jalankan/.test(line) &&
      !line.startsWith('{') &&
      !EXPECTED_ERRORS.some((known) => known.test(line)),
  );
}

const EXIT_REASONS: Readonly<Record<number, string>> = {
  2: 'lock_not_obtained',
  3: 'not_migrated',
  4: 'schema_not_ready',
};

function failure(task: 'provision' | 'migrate' | 'followUp', result: OneShotResult): string | null {
  const answer = lastAnswer(result);
  if (answer?.['alasan'] === 'database_down') return 'database_down';
  if (result.exitCode !== 0) return EXIT_REASONS[result.exitCode] ?? 'task_died';
  if (answer === null) return 'no_answer';
  if (answer['ok'] !== true) return task === 'provision' ? 'initial_data_failed' : 'not_migrated';
  const errors = loggedErrors(result);
  if (errors.some((line) => line.includes('Gagal Jalankan'))) return 'migration_logged_error';
  if (task === 'provision') {
    if (typeof answer['config_id'] !== 'number') return 'not_paired';
    // The seeder of v2409 stumbles over its own last step; the migration that follows is judged strictly.
    return errors.length > 0 && answer['skema_baru'] !== true ? 'provision_logged_error' : null;
  }
  if (answer['migrated'] !== true) return 'not_migrated';
  return errors.length > 0 ? 'migration_logged_error' : null;
}

/** Success = exit 0, the version's row is there and no line of the run's log says otherwise. `facts.tenantId` = config.id. */
export function judgeOpensid(task: 'provision' | 'migrate' | 'followUp', result: OneShotResult): TaskVerdict {
  const answer = lastAnswer(result);
  const reason = failure(task, result);
  const text = (name: string): string | null => {
    const value = answer?.[name];
    return typeof value === 'string' ? value : null;
  };
  const number = (name: string): number | null => {
    const value = answer?.[name];
    return typeof value === 'number' ? value : null;
  };
  return {
    ok: reason === null,
    reason,
    facts: {
      tenantId: number('config_id'),
      kode: text('kode_desa'),
      version: text('version'),
      schemaVersion: text('versi_database'),
      tenants: number('tenants'),
      seconds: number('detik'),
      created: answer?.['baru'] === true,
      firstError:
        loggedErrors(result)[0]?.slice(0, 300) ?? text('galat') ?? (result.exitCode === 0 ? null : lastLine(result)),
    },
  };
}
