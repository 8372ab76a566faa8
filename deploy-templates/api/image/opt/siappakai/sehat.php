<?php

declare(strict_types=1);

// Deep identity of the mobile API: its copy of app_key belongs to a row of OpenSID's `config`, the private cache is writable.

require __DIR__ . '/dasar.php';

sp_guard();
$faults = [];
$kode   = '';
$kunci  = (string) @file_get_contents('/opensid/desa/app_key');

if ($kunci === '') {
    $faults[] = 'app_key_missing';
}

try {
    $db    = sp_database(3);
    $angka = $kunci === '' ? null : sp_value($db, 'SELECT kode_desa FROM config WHERE app_key = ?', [$kunci]);
    if ($angka === null) {
        $faults[] = 'tenant_missing';
    } else {
        $kode = $angka;
    }
} catch (PDOException $e) {
    $faults[] = 'database_down';
}
if (! sp_writable(['/app/storage/framework/cache', '/opensid/desa/upload'])) {
    $faults[] = 'not_writable';
}
sp_answer('api', $kode, $faults);
