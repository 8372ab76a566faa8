<?php

defined('BASEPATH') || exit('No direct script access allowed');

class Migrasi_2024090101
{
    public function up(): bool
    {
        db()->exec("ALTER TABLE klasifikasi_surat ADD COLUMN IF NOT EXISTS uraian VARCHAR(250) NOT NULL DEFAULT ''");
        baris("INSERT IGNORE INTO setting_aplikasi (config_id, `key`, value) SELECT id, 'motto_desa', 'Guyub rukun membangun' FROM config");

        return true;
    }
}
