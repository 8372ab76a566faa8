<?php

declare(strict_types=1);

// Deep identity of PBB: own schema migrated, own tenant row there, storage writable.

require __DIR__ . '/dasar.php';
require __DIR__ . '/migrasi.php';

sp_guard();
$faults = [];
$kode   = '';

try {
    $db = sp_database(3);
    if (sp_pending($db) !== []) {
        $faults[] = 'not_migrated';
    }
    if (sp_tenant($db) === null) {
        $faults[] = 'tenant_missing';
    }
    $kode = sp_kode($db);
} catch (PDOException $e) {
    $faults[] = 'database_down';
}
if (! sp_writable(['/app/storage/framework/cache', '/app/storage/framework/sessions', '/app/storage/logs'])) {
    $faults[] = 'not_writable';
}
sp_answer('pbb', $kode, $faults);
