<?php

declare(strict_types=1);

/**
 * One-shots of PBB as the schema's owner: `provision` = migrate, first user, who this desa is; `migrate` = migrate only.
 * Last line of stdout: {"ok","kode","tenant_id","applied","pending","detik"[,"galat"]}. Exit 0 done, 1 failed.
 */

require __DIR__ . '/dasar.php';
require __DIR__ . '/migrasi.php';

/** @param list<string> $argumen @return array{int, string} exit code and last line that is not empty */
function jalankan(array $argumen): array
{
    $proses = proc_open(['php', 'artisan', ...$argumen], [1 => ['pipe', 'w'], 2 => ['redirect', 1]], $pipa, '/app');
    $akhir  = '';
    while (($baris = fgets($pipa[1])) !== false) {
        fwrite(STDERR, $baris);
        $akhir = trim($baris) === '' ? $akhir : trim($baris);
    }

    return [proc_close($proses), $akhir];
}

/** @param list<string> $argumen */
function wajib(array $argumen): void
{
    [$kode, $akhir] = jalankan($argumen);
    if ($kode !== 0) {
        throw new RuntimeException(implode(' ', $argumen) . ': ' . substr($akhir, 0, 250));
    }
}

/** Our own rows instead of the sample desa's; only settings the app already knows are touched. */
function isiIdentitas(PDO $db, int $tenant): void
{
    $isi = json_decode((string) getenv('PBB_IDENTITAS'), true);
    if (! is_array($isi)) {
        return;
    }
    $db->prepare('UPDATE tenants SET name = ? WHERE id = ?')->execute([$isi['nama_desa'] ?? '', $tenant]);
    $bagian = explode('.', (string) ($isi['kode_desa'] ?? ''));
    $baris  = [
        'nama_desa'      => $isi['nama_desa'] ?? '',
        'nama_kecamatan' => $isi['nama_kecamatan'] ?? '',
        'nama_kabupaten' => $isi['nama_kabupaten'] ?? '',
        'nama_provinsi'  => $isi['nama_provinsi'] ?? '',
        'kode_desa'      => substr($bagian[3] ?? '', -3),
        'opensid_url'    => $isi['opensid_url'] ?? '',
    ];
    $ubah = $db->prepare('UPDATE pengaturan_aplikasi SET value = ? WHERE `key` = ?');

    foreach ($baris as $kunci => $nilai) {
        $ubah->execute([$nilai, $kunci]);
    }
}

$mulai   = microtime(true);
$jawaban = ['ok' => false, 'kode' => (string) getenv('KODE_DESA'), 'tenant_id' => null, 'applied' => null, 'pending' => null];

try {
    $db      = sp_database(10);
    $sebelum = count(sp_pending($db));
    wajib(['migrate', '--force']);
    $db = sp_database(10);
    if (($argv[1] ?? '') === 'provision' && sp_value($db, 'SELECT COUNT(*) FROM users') === '0') {
        wajib(['db:seed', '--class=UsersSeeder', '--force']);
    }
    $tenant = sp_tenant($db);
    if (($argv[1] ?? '') === 'provision' && $tenant !== null) {
        isiIdentitas($db, $tenant);
    }
    $sisa    = count(sp_pending($db));
    $jawaban = ['ok' => $sisa === 0 && $tenant !== null, 'tenant_id' => $tenant, 'applied' => $sebelum - $sisa, 'pending' => $sisa] + $jawaban;
} catch (Throwable $e) {
    $jawaban['galat'] = get_class($e) . ': ' . $e->getMessage();
}
$jawaban['detik'] = round(microtime(true) - $mulai, 3);
echo json_encode($jawaban, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE) . PHP_EOL;

exit($jawaban['ok'] ? 0 : 1);
