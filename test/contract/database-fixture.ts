import type { TenantRows } from '../../provisioners/contracts';

/** A shared schema in small: cascades, a restricting key, tables without key, followers of followers, views on views, triggers, routines. */
export const STRUCTURE = `
CREATE TABLE config (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, app_key VARCHAR(64) NOT NULL UNIQUE, nama_desa VARCHAR(100)) ENGINE=InnoDB;
CREATE TABLE ref_rumpun (id INT PRIMARY KEY, nama VARCHAR(40));
CREATE TABLE ref_agama (id INT PRIMARY KEY, nama VARCHAR(40), rumpun_id INT NOT NULL, FOREIGN KEY (rumpun_id) REFERENCES ref_rumpun(id));
CREATE TABLE ref_pekerjaan (id INT PRIMARY KEY, nama VARCHAR(40));
CREATE TABLE migrasi (id INT AUTO_INCREMENT PRIMARY KEY, versi_database VARCHAR(20));
CREATE TABLE penduduk (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, config_id INT NOT NULL, nik VARCHAR(16), nama VARCHAR(100) NOT NULL DEFAULT '',
  nama_besar VARCHAR(100) AS (UPPER(nama)) STORED, panjang INT AS (CHAR_LENGTH(nama)) VIRTUAL,
  foto LONGBLOB, lahir DATE, saldo DECIMAL(12,2), berat DOUBLE, tanda BIT(3), lokasi POINT, data LONGTEXT, agama_id INT,
  dibuat TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, status INT NOT NULL DEFAULT 1 CHECK (status BETWEEN 0 AND 9),
  UNIQUE KEY nik_per_desa (config_id, nik), KEY nama (nama(10)),
  CONSTRAINT penduduk_config_fk FOREIGN KEY (config_id) REFERENCES config(id) ON DELETE CASCADE ON UPDATE CASCADE,
  FOREIGN KEY (agama_id) REFERENCES ref_agama(id)
) ENGINE=InnoDB COMMENT='warga; dengan \\'tanda\\' kutip';
CREATE TABLE keluarga (id INT AUTO_INCREMENT PRIMARY KEY, config_id INT NOT NULL, kepala_id INT,
  FOREIGN KEY (config_id) REFERENCES config(id) ON DELETE CASCADE, FOREIGN KEY (kepala_id) REFERENCES penduduk(id) ON DELETE RESTRICT);
CREATE TABLE log_masuk (id INT AUTO_INCREMENT PRIMARY KEY, config_id INT, ip VARBINARY(16));
CREATE TABLE respon (id INT AUTO_INCREMENT PRIMARY KEY, penduduk_id INT, jawaban TEXT);
CREATE TABLE respon_bukti (id INT AUTO_INCREMENT PRIMARY KEY, respon_id INT, berkas BLOB);
CREATE TABLE hitungan (nama VARCHAR(20) PRIMARY KEY, n INT NOT NULL);
CREATE TABLE \`tabel aneh \`\`1\` (id INT PRIMARY KEY, \`kolom 'x'\` VARCHAR(10) DEFAULT 'a''b');
CREATE VIEW penduduk_hidup AS SELECT * FROM penduduk WHERE status = 1;
CREATE VIEW agama_hidup AS SELECT r.nama, COUNT(*) AS jumlah FROM penduduk_hidup p JOIN ref_agama r ON r.id = p.agama_id GROUP BY r.nama;
CREATE TRIGGER migrasi_jaga_hapus BEFORE DELETE ON migrasi FOR EACH ROW
  IF SUBSTRING_INDEX(USER(),'@',1) LIKE 'desa\\_%' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'migrasi hanya oleh dasbor'; END IF;
CREATE TRIGGER penduduk_hitung AFTER INSERT ON penduduk FOR EACH ROW UPDATE hitungan SET n = n + 1 WHERE nama = 'penduduk';
CREATE FUNCTION dua_kali(x INT) RETURNS INT DETERMINISTIC RETURN x * 2 /* tetap ada */;
CREATE PROCEDURE catat() MODIFIES SQL DATA BEGIN
  -- baris komentar
  INSERT INTO hitungan VALUES ('catat', 1) ON DUPLICATE KEY UPDATE n = n + 1;
END;
`;

const RESIDENT_NAMES = [
  'D\'Arc \\\\ "kutip" `balik`',
  'Ségolène 北京',
  '',
  'baris\nbaru\r\n-- Dump completed',
  '?; DROP TABLE config; --',
];

const literal = (text: string): string => `X'${Buffer.from(text).toString('hex')}'`;

const tenantSql = (id: number, residents: number): string => {
  const rows = Array.from({ length: residents }, (_, i) => {
    const name = RESIDENT_NAMES[i % RESIDENT_NAMES.length] ?? '';
    const nik = i % 7 === 6 ? 'NULL' : `'33050520${String(i).padStart(8, '0')}'`;
    const photo = i % 3 === 0 ? `0x00ff0a0d275c1a${String(i).padStart(4, '0')}` : i % 3 === 1 ? "''" : 'NULL';
    return `(${id}, ${nik}, CONVERT(${literal(name)} USING utf8), ${photo}, '1990-01-${String((i % 28) + 1).padStart(2, '0')}', ${i}.05, ${i} / 3, b'101',
      POINT(${i}, 7.5), CONVERT(${literal(`{"a":"${i}"}`)} USING utf8), ${(i % 2) + 1}, '2024-0${(i % 9) + 1}-01 00:00:00')`;
  });
  return `
INSERT INTO config VALUES (${id}, 'kunci-${id}', 'Desa ${id}');
INSERT INTO penduduk (config_id, nik, nama, foto, lahir, saldo, berat, tanda, lokasi, data, agama_id, dibuat) VALUES ${rows.join(',')};
INSERT INTO keluarga (config_id, kepala_id) SELECT config_id, id FROM penduduk WHERE config_id = ${id} AND id % 2 = 0;
INSERT INTO log_masuk (config_id, ip) VALUES (${id}, 0x7f000001), (${id}, 0x00);
INSERT INTO respon (penduduk_id, jawaban) SELECT id, 'ya' FROM penduduk WHERE config_id = ${id} AND id % 3 = 0;
INSERT INTO respon_bukti (respon_id, berkas) SELECT r.id, 0x0102 FROM respon r JOIN penduduk p ON p.id = r.penduduk_id WHERE p.config_id = ${id};`;
};

/** Tenants 1, 4 and 9 (gaps on purpose) and one row of nobody. */
export const rowsSql = (residents: number): string => `
INSERT INTO ref_rumpun VALUES (1, 'satu');
INSERT INTO ref_agama VALUES (1, 'ISLAM', 1), (2, 'KRISTEN', 1);
INSERT INTO ref_pekerjaan VALUES (1, 'PETANI'), (2, 'GURU'), (3, 'NELAYAN');
INSERT INTO migrasi (versi_database) VALUES ('2024090101');
INSERT INTO hitungan VALUES ('penduduk', 0);
INSERT INTO \`tabel aneh \`\`1\` VALUES (0, 'x');
ALTER TABLE penduduk AUTO_INCREMENT = 12012;
${[1, 4, 9].map((id) => tenantSql(id, residents)).join('\n')}
INSERT INTO log_masuk (config_id, ip) VALUES (NULL, 0x01);
INSERT INTO respon (penduduk_id, jawaban) VALUES (NULL, 'tak bertuan');
ALTER TABLE config AUTO_INCREMENT = 77;
`;

export const tenantOf = (id: number): TenantRows => ({
  root: { table: 'config', key: 'id' },
  column: 'config_id',
  id,
  followers: [
    // The follower of a follower stands first: the order is not the caller's business.
    { table: 'respon_bukti', key: 'respon_id', parent: 'respon', parentKey: 'id' },
    { table: 'respon', key: 'penduduk_id', parent: 'penduduk', parentKey: 'id' },
    { table: 'tabel_versi_lain', key: 'x', parent: 'penduduk', parentKey: 'id' },
  ],
  references: ['ref_pekerjaan'],
});
