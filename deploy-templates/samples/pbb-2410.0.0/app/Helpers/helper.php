<?php

define('VERSION', 'v2410.0.0');

function env(string $nama, $bawaan = null)
{
    $isi = getenv($nama);

    return $isi === false ? $bawaan : $isi;
}

function e($teks): string
{
    return htmlspecialchars((string) $teks, ENT_QUOTES);
}

/** Address below the public path, which the proxy strips. */
function url(string $jalur): string
{
    return rtrim((string) env('APP_URL', ''), '/') . $jalur;
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

    return $pdo ??= new PDO(sprintf('mysql:host=%s;port=%s;dbname=%s;charset=utf8mb4', env('DB_HOST'), env('DB_PORT'), env('DB_DATABASE')), env('DB_USERNAME'), env('DB_PASSWORD'), [
        PDO::ATTR_ERRMODE            => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
        PDO::ATTR_TIMEOUT            => 3,
    ]);
}

function baris(string $sql, array $nilai = []): array
{
    $pernyataan = db()->prepare($sql);
    $pernyataan->execute($nilai);

    return $pernyataan->columnCount() > 0 ? $pernyataan->fetchAll() : [];
}
