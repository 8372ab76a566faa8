CREATE TABLE config (id INT AUTO_INCREMENT PRIMARY KEY, app_key VARCHAR(100) NOT NULL UNIQUE, nama_desa VARCHAR(100) NOT NULL DEFAULT '',
  kode_desa VARCHAR(100) NOT NULL DEFAULT '' UNIQUE, nama_kecamatan VARCHAR(100) NOT NULL DEFAULT '', kode_kecamatan VARCHAR(100) NOT NULL DEFAULT '',
  nama_kabupaten VARCHAR(100) NOT NULL DEFAULT '', kode_kabupaten VARCHAR(100) NOT NULL DEFAULT '', nama_propinsi VARCHAR(100) NOT NULL DEFAULT '',
  kode_propinsi VARCHAR(100) NOT NULL DEFAULT '', nama_kepala_camat VARCHAR(100) NOT NULL DEFAULT '', nip_kepala_camat VARCHAR(100) NOT NULL DEFAULT '');
CREATE TABLE migrasi (id INT AUTO_INCREMENT PRIMARY KEY, versi_database VARCHAR(10) NOT NULL, premium TEXT NULL);
CREATE TABLE setting_aplikasi (id INT AUTO_INCREMENT PRIMARY KEY, config_id INT NOT NULL, `key` VARCHAR(50) NOT NULL, value TEXT NULL,
  UNIQUE KEY key_config (config_id, `key`), FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE);
CREATE TABLE user (id INT AUTO_INCREMENT PRIMARY KEY, config_id INT NOT NULL, username VARCHAR(100) NOT NULL, password VARCHAR(100) NOT NULL, email VARCHAR(100) NULL,
  UNIQUE KEY username_config (config_id, username), FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE);
CREATE TABLE password_resets (email VARCHAR(100) NOT NULL PRIMARY KEY, token VARCHAR(255) NOT NULL);
CREATE TABLE ref_pindah (id INT PRIMARY KEY, nama VARCHAR(50) NOT NULL);
INSERT INTO ref_pindah VALUES (1, 'Pindah keluar Desa'), (2, 'Pindah keluar Kecamatan');
CREATE TABLE tweb_penduduk (id INT AUTO_INCREMENT PRIMARY KEY, config_id INT NOT NULL, nik VARCHAR(16) NOT NULL, nama VARCHAR(100) NOT NULL, status_dasar INT NOT NULL DEFAULT 1,
  UNIQUE KEY nik_config (config_id, nik), FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE);
CREATE TABLE tweb_penduduk_map (id INT NULL, lat VARCHAR(24) NULL, lng VARCHAR(24) NULL, FOREIGN KEY (id) REFERENCES tweb_penduduk (id) ON DELETE CASCADE);
CREATE TABLE tweb_penduduk_mandiri (id_pend INT PRIMARY KEY, config_id INT NOT NULL, pin VARCHAR(60) NOT NULL, aktif TINYINT NOT NULL DEFAULT 1,
  FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE);
CREATE TABLE klasifikasi_surat (id INT AUTO_INCREMENT PRIMARY KEY, config_id INT NOT NULL, kode VARCHAR(50) NOT NULL, nama VARCHAR(250) NOT NULL,
  FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE);
CREATE TABLE log_surat (id INT AUTO_INCREMENT PRIMARY KEY, config_id INT NOT NULL, id_pend INT NULL, no_surat VARCHAR(20) NOT NULL, perihal VARCHAR(100) NOT NULL,
  FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE);
CREATE TABLE artikel (id INT AUTO_INCREMENT PRIMARY KEY, config_id INT NOT NULL, judul VARCHAR(200) NOT NULL, isi TEXT NOT NULL,
  FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE);
CREATE TABLE analisis_ref_state (id INT PRIMARY KEY, nama VARCHAR(40) NOT NULL);
CREATE TABLE analisis_ref_subjek (id INT PRIMARY KEY, subjek VARCHAR(20) NOT NULL);
CREATE TABLE analisis_tipe_indikator (id INT PRIMARY KEY, tipe VARCHAR(20) NOT NULL);
CREATE TABLE analisis_master (id INT AUTO_INCREMENT PRIMARY KEY, config_id INT NOT NULL, nama VARCHAR(40) NOT NULL, FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE);
CREATE TABLE analisis_indikator (id INT AUTO_INCREMENT PRIMARY KEY, config_id INT NOT NULL, pertanyaan VARCHAR(400) NOT NULL, FOREIGN KEY (config_id) REFERENCES config (id) ON DELETE CASCADE);
CREATE TABLE analisis_respon (id_indikator INT NULL, id_subjek INT NULL, FOREIGN KEY (id_indikator) REFERENCES analisis_indikator (id) ON DELETE CASCADE);
CREATE TABLE analisis_partisipasi (id_master INT NULL, id_subjek INT NULL, FOREIGN KEY (id_master) REFERENCES analisis_master (id) ON DELETE CASCADE);
CREATE SQL SECURITY DEFINER VIEW penduduk_hidup AS SELECT * FROM tweb_penduduk WHERE status_dasar = 1;
