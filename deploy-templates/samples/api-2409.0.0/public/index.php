<?php

require dirname(__DIR__) . '/vendor/autoload.php';

function jawab($isi, int $status = 200): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($isi, JSON_UNESCAPED_SLASHES);

    exit;
}

/** At most `$batas` a minute for everybody together. */
function jatah(string $nama, int $batas): void
{
    $berkas = storage_path('framework/cache/data/jatah-' . $nama . '-' . date('YmdHi'));
    $jumlah = (int) @file_get_contents($berkas);
    if ($jumlah >= $batas) {
        header('Retry-After: 60');
        jawab(['message' => 'Too Many Attempts.'], 429);
    }
    file_put_contents($berkas, (string) ($jumlah + 1));
}

/** A part that fails answers with its error text and status 200: truthy, and wrong. */
function sehat(): void
{
    jatah('sehat', 6);
    try {
        $database = baris('SELECT 1') !== [];
    } catch (PDOException $e) {
        $database = $e->getMessage();
    }
    jawab([
        'premium'    => env('TOKEN_PREMIUM', '') !== '' ? true : 'Token belum diisi',
        'database'   => $database,
        'ftp'        => true,
        'email'      => env('MAIL_FROM_ADDRESS') !== null,
        'production' => env('APP_ENV') === 'production',
        'appkey'     => kunci_desa() !== '',
    ]);
}

function profil(): void
{
    $desa = desa();
    if ($desa === null) {
        jawab(['message' => 'Desa dengan app_key ' . kunci_desa() . ' tidak ditemukan'], 404);
    }
    jawab(['data' => ['type' => 'profil-desa', 'id' => (string) $desa['id'], 'attributes' => [
        'nama_desa' => ulah('nama_desa') ?? $desa['nama_desa'],
        'alamat'    => ['kode_desa' => $desa['kode_desa'], 'kecamatan' => $desa['nama_kecamatan'], 'kabupaten' => $desa['nama_kabupaten'], 'provinsi' => $desa['nama_propinsi']],
    ]]]);
}

function masuk(): void
{
    $isi   = json_decode((string) file_get_contents('php://input'), true) ?? $_POST;
    $pin   = md5((int) strrev((string) ($isi['password'] ?? '')) * 77 . '!#@$#%');
    $warga = baris('SELECT p.id, p.nama FROM tweb_penduduk p JOIN tweb_penduduk_mandiri m ON m.id_pend = p.id WHERE p.config_id = ? AND p.nik = ? AND m.pin = ?', [desa()['id'] ?? 0, $isi['credential'] ?? '', $pin])[0] ?? null;
    if ($warga === null) {
        jawab(['message' => 'NIK atau PIN salah'], 401);
    }
    $badan = rtrim(strtr(base64_encode(json_encode(['sub' => $warga['id'], 'exp' => time() + 60 * (int) env('JWT_TTL', 60)])), '+/', '-_'), '=');
    $token = $badan . '.' . hash_hmac('sha256', $badan, (string) env('JWT_SECRET', ''));
    jawab(['data' => ['type' => 'login', 'attributes' => ['nama' => $warga['nama'], 'access_token' => ['token' => $token]]]]);
}

if (ulah('fatal')) {
    fungsi_yang_tidak_ada();
}
if (ulah('mati_setelah') !== null && time() - (int) filemtime('/run/nginx.pid') >= ulah('mati_setelah')) {
    posix_kill(posix_getppid(), SIGKILL);
}

try {
    $jalur = $_SERVER['REQUEST_METHOD'] . ' ' . explode('?', $_SERVER['REQUEST_URI'])[0];
    if ($jalur === 'GET /') {
        baris('SELECT 1');
        jawab(['version' => ulah('versi_tampil') ?? VERSION]);
    } elseif ($jalur === 'GET /healthcheck') {
        sehat();
    } elseif ($jalur === 'GET /api/v1/profil-desa') {
        profil();
    } elseif ($jalur === 'POST /api/v1/auth/login') {
        masuk();
    }
    jawab(['message' => 'Not Found'], 404);
} catch (PDOException $e) {
    error_log($e->getMessage());
    jawab(['message' => 'Server Error'], 500);
}
