<?php

declare(strict_types=1);

/** @return list<string> migrations of the tree that the schema has no record of */
function sp_pending(PDO $db): array
{
    $berkas  = array_map(static fn (string $jalur): string => basename($jalur, '.php'), glob('/app/database/migrations/*.php') ?: []);
    $ada     = sp_value($db, "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'migrations'");
    $selesai = $ada === null ? [] : $db->query('SELECT migration FROM migrations')->fetchAll(PDO::FETCH_COLUMN);

    return array_values(array_diff($berkas, $selesai));
}

/** Whose data this schema holds, by its own rows: this desa, the only other one there is, or '' when nobody can tell. */
function sp_kode(PDO $db): string
{
    if (sp_tenant($db) !== null) {
        return (string) getenv('KODE_DESA');
    }
    $ada  = sp_value($db, "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'tenants'");
    $kode = $ada === null ? [] : $db->query('SELECT code FROM tenants LIMIT 2')->fetchAll(PDO::FETCH_COLUMN);

    return count($kode) === 1 && preg_match('/^\d{2}\.\d{2}\.\d{2}\.\d{4}$/', (string) $kode[0]) === 1 ? (string) $kode[0] : '';
}

/** Id of the row that makes this installation this desa's; null = the app would show everybody's data. */
function sp_tenant(PDO $db): ?int
{
    $ada = sp_value($db, "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'tenants'");
    $id  = $ada === null ? null : sp_value($db, 'SELECT id FROM tenants WHERE code = ?', [(string) getenv('KODE_DESA')]);

    return $id === null ? null : (int) $id;
}
