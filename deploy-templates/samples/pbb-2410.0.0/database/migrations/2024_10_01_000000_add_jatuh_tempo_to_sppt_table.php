<?php

return static function (PDO $db): void {
    sleep((int) ulah('migrasi_lambat'));
    if (ulah('migrasi_gagal')) {
        throw new RuntimeException('sppt.periode_id masih kosong pada sebagian baris');
    }
    if (ulah('migrasi_diam')) {
        return;
    }
    $db->exec('ALTER TABLE sppt ADD COLUMN jatuh_tempo DATE NULL');
    $db->exec("UPDATE sppt SET jatuh_tempo = '2024-09-30'");
};
