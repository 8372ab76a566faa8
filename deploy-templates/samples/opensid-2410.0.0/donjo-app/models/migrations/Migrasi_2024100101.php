<?php

defined('BASEPATH') || exit('No direct script access allowed');

class Migrasi_2024100101
{
    public function up(): bool
    {
        sleep((int) ulah('migrasi_lambat'));
        if (ulah('migrasi_gagal')) {
            return false;
        }
        if (ulah('migrasi_diam')) {
            return true;
        }
        db()->exec('ALTER TABLE klasifikasi_surat MODIFY nama TEXT NOT NULL');
        db()->exec('ALTER TABLE log_surat ADD COLUMN IF NOT EXISTS input TEXT NULL');
        baris("UPDATE log_surat SET input = '{}' WHERE input IS NULL");
        if (baris("SELECT 1 FROM information_schema.TABLE_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND CONSTRAINT_NAME = 'tweb_penduduk_mandiri_penduduk_fk'") === []) {
            db()->exec('ALTER TABLE tweb_penduduk_mandiri ADD CONSTRAINT tweb_penduduk_mandiri_penduduk_fk FOREIGN KEY (id_pend) REFERENCES tweb_penduduk (id) ON DELETE CASCADE');
        }
        baris("INSERT IGNORE INTO setting_aplikasi (config_id, `key`, value) SELECT id, 'jumlah_gambar_slider', '10' FROM config");

        return true;
    }
}
