import { createPool, type RowDataPacket } from 'mysql2/promise';
import type { Config } from '../server/config';
import { CONTROL_SCHEMA, mariadbSocket, partSecret } from '../server/parts/addresses';
import {
  changesObjects,
  LOG_OFF,
  LOG_ON,
  LOGGED_DDL,
  statementsOf,
  type LoggedStatement,
} from '../test/helpers/general-log';

/** A resident who does not exist. */
export const RESIDENT = { nik: '3305050101900001', nama: 'WARGA UJI KLIRONG', pin: '123456', dusun: 'UJI' } as const;

/** What one resident with a Layanan Mandiri account is made of; parameters are session variables. */
const RESIDENT_SQL = `
SET @h = MD5(CONCAT(CAST(REVERSE(@pin) AS UNSIGNED)*77,'!#@$#%'));
INSERT INTO tweb_wil_clusterdesa (config_id,rt,rw,dusun) VALUES (@cfg,'0','0',@dusun),(@cfg,'-','-',@dusun),(@cfg,'0','001',@dusun),(@cfg,'001','001',@dusun);
SET @cl = (SELECT id FROM tweb_wil_clusterdesa WHERE config_id=@cfg AND rt='001' AND rw='001' AND dusun=@dusun LIMIT 1);
INSERT INTO tweb_keluarga (config_id,no_kk,id_cluster,alamat) VALUES (@cfg,CONCAT('9',LEFT(@nik,15)),@cl,'Jl. Uji 1');
SET @kk = LAST_INSERT_ID();
INSERT INTO tweb_penduduk (config_id,nama,nik,id_kk,kk_level,sex,tempatlahir,tanggallahir,agama_id,pendidikan_kk_id,pekerjaan_id,
  status_kawin,warganegara_id,nama_ayah,nama_ibu,golongan_darah_id,id_cluster,status,alamat_sekarang,status_dasar,created_by)
 VALUES (@cfg,@nama,@nik,@kk,1,1,'BOGOR','1990-01-02',1,5,9,1,1,'AYAH','IBU',13,@cl,1,'Jl. Uji 1',1,1);
SET @p = LAST_INSERT_ID();
UPDATE tweb_keluarga SET nik_kepala=@p WHERE id=@kk;
INSERT INTO tweb_penduduk_mandiri (id_pend,config_id,pin,aktif,ganti_pin,tanggal_buat) VALUES (@p,@cfg,@h,1,0,NOW());`;

export interface StepTime {
  /** Code of the desa, or the kind of work on the shared schema. */
  readonly of: string;
  readonly step: string;
  readonly state: string;
  readonly seconds: number | null;
}
/** The database server of the installation, asked as its root: what the product itself says is not what is asked here. */
export interface Rows {
  addResident(kode: string): Promise<void>;
  /** Codes of the desa that have a resident of this NIK, in digits. */
  desaOfResident(): Promise<readonly string[]>;
  /** What his letters are about, as he wrote it. */
  lettersOfResident(): Promise<readonly string[]>;
  /** Of the newest rollout; null = the database does not answer. */
  progress(): Promise<{ readonly state: string; readonly done: number } | null>;
  migrations(): Promise<readonly string[]>;
  logOn(): Promise<void>;
  /** Changes of tables, views, triggers and routines since `logOn`, and ends the log. */
  logOff(): Promise<readonly LoggedStatement[]>;
  stepTimes(rolloutId: string): Promise<readonly StepTime[]>;
  /** Codes of desa whose newest token was read back from their files. */
  tokensReadBack(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const SCHEMA = 'db_gabungan';
export const openRows = async (config: Config): Promise<Rows> => {
  // One connection at a time, and a new one when the server was away.
  const pool = createPool({
    connectionLimit: 1,
    socketPath: mariadbSocket(config),
    user: 'root',
    password: partSecret(config, 'mariadbRoot'),
    database: SCHEMA,
    multipleStatements: true,
  });
  const select = async (sql: string, values: readonly string[] = []): Promise<readonly RowDataPacket[]> =>
    (await pool.query<RowDataPacket[]>(sql, [...values]))[0];
  const column = async (sql: string, values: readonly string[] = []): Promise<readonly string[]> =>
    (await select(sql, values)).map((row) => String(Object.values(row)[0]));
  return {
    async addResident(kode) {
      const { nik, nama, pin, dusun } = RESIDENT;
      await pool.query(
        'SET @cfg = (SELECT id FROM config WHERE kode_desa = ?), @nik = ?, @nama = ?, @pin = ?, @dusun = ?',
        [kode.replaceAll('.', ''), nik, nama, pin, dusun],
      );
      await pool.query(RESIDENT_SQL);
    },
    desaOfResident: () =>
      column('SELECT c.kode_desa FROM tweb_penduduk p JOIN config c ON c.id = p.config_id WHERE p.nik = ?', [
        RESIDENT.nik,
      ]),
    lettersOfResident: () =>
      column(
        'SELECT s.keterangan FROM permohonan_surat s JOIN tweb_penduduk p ON p.id = s.id_pemohon WHERE p.nik = ?',
        [RESIDENT.nik],
      ),
    progress: () =>
      select(
        `SELECT r.state, (SELECT COUNT(*) FROM ${CONTROL_SCHEMA}.rollout_members m WHERE m.rollout_id = r.id AND m.state = 'done') AS done
         FROM ${CONTROL_SCHEMA}.rollouts r ORDER BY r.id DESC LIMIT 1`,
      ).then(
        ([row]) => (row === undefined ? null : { state: String(row['state']), done: Number(row['done']) }),
        () => null,
      ),
    migrations: () => column('SELECT versi_database FROM migrasi ORDER BY id'),
    async logOn() {
      for (const sql of LOG_ON) await pool.query(sql);
    },
    async logOff() {
      await pool.query(LOG_OFF);
      return statementsOf(await select(LOGGED_DDL)).filter(changesObjects);
    },
    async stepTimes(rolloutId) {
      const rows = await select(
        `SELECT COALESCE(i.wilayah_kode, d.kind) AS part, s.kind AS step, s.state,
           TIMESTAMPDIFF(MICROSECOND, s.started_at, s.ended_at) / 1000000 AS seconds
         FROM ${CONTROL_SCHEMA}.deployment_steps s JOIN ${CONTROL_SCHEMA}.deployments d ON d.id = s.deployment_id
         LEFT JOIN ${CONTROL_SCHEMA}.instances i ON i.id = d.subject_id
         WHERE d.rollout_id = ? ORDER BY d.created_at, d.id, s.position`,
        [rolloutId],
      );
      return rows.map(({ part, step, state, seconds }) => ({
        of: String(part),
        step: String(step),
        state: String(state),
        seconds: seconds === null ? null : Math.round(Number(seconds) * 10) / 10,
      }));
    },
    tokensReadBack: () =>
      column(
        `SELECT desa_kode FROM ${CONTROL_SCHEMA}.tokens t WHERE installed_at IS NOT NULL AND revoked_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM ${CONTROL_SCHEMA}.tokens n WHERE n.desa_kode = t.desa_kode AND n.id > t.id)`,
      ),
    close: () => pool.end(),
  };
};
