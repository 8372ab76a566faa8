<?php

define('VERSION', 'v2410.0.0');

function env(string $nama, $bawaan = null)
{
    $isi = getenv($nama);

    return $isi === false ? $bawaan : $isi;
}

/** Behaviour of a broken release, off in this one; tests change config/ulah.php in a copy. */
function ulah(string $nama)
{
    static $isi = null;
    $isi ??= require dirname(__DIR__, 2) . '/config/ulah.php';

    return $isi[$nama] ?? null;
}

function db(): PDO
{
    static $pdo = null;

    return $pdo ??= new PDO(sprintf('mysql:host=%s;port=%s;dbname=%s;charset=utf8', env('DB_HOST'), env('DB_PORT'), env('DB_DATABASE')), env('DB_USERNAME'), env('DB_PASSWORD'), [
        PDO::ATTR_ERRMODE            => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
        PDO::ATTR_TIMEOUT            => 3,
    ]);
}

function baris(string $sql, array $nilai = []): array
{
    $pernyataan = db()->prepare($sql);
    $pernyataan->execute($nilai);

    return $pernyataan->fetchAll();
}

/** The key of this desa, read once from disk `ftp` and kept in the cache for ever; its name there carries no desa. */
function kunci_desa(): string
{
    $cache = dirname(__DIR__, 2) . '/storage/framework/cache/data/' . md5(env('CACHE_PREFIX', '') . 'gabungan_app_key');
    if (! is_file($cache)) {
        $disk   = (require dirname(__DIR__, 2) . '/config/filesystems.php')['disks']['ftp'];
        $berkas = $disk['root'] . '/desa/app_key';
        file_put_contents($cache, is_file($berkas) ? file_get_contents($berkas) : '');
    }

    return (string) file_get_contents($cache);
}

function storage_path(string $jalur): string
{
    return dirname(__DIR__, 2) . '/storage/' . $jalur;
}

function public_path(string $jalur): string
{
    return dirname(__DIR__, 2) . '/public/' . $jalur;
}

function desa(): ?array
{
    return baris('SELECT id, nama_desa, kode_desa, nama_kecamatan, nama_kabupaten, nama_propinsi FROM config WHERE app_key = ?', [kunci_desa()])[0] ?? null;
}
