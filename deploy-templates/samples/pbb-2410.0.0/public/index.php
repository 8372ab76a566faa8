<?php

require dirname(__DIR__) . '/vendor/autoload.php';

function halaman(string $judul, string $isi, int $status = 200): void
{
    http_response_code($status);
    $desa = baris("SELECT value FROM pengaturan_aplikasi WHERE `key` = 'nama_desa'")[0]['value'] ?? '';
    echo '<!doctype html><html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>' . e($judul) . ' PBB Desa ' . e($desa)
        . '</title><link rel="stylesheet" href="' . e(url('/css/pbb.css')) . '"></head><body><header><b>PBB</b> Desa ' . e($desa) . '</header><main>' . $isi
        . '</main><footer>PBB ' . e(ulah('versi_tampil') ?? VERSION) . '</footer></body></html>';
}

function masuk(string $galat = ''): void
{
    halaman('Masuk', '<form class="kartu" method="post" action="' . e(url('/login')) . '"><h1>Masuk</h1>' . ($galat === '' ? '' : '<p class="galat">' . e($galat) . '</p>')
        . '<label>Nama pengguna <input name="username" autocomplete="username" required></label><label>Kata sandi <input name="password" type="password" autocomplete="current-password" required></label><button>Masuk</button></form>');
}

function daftar(): void
{
    $isi = '';
    foreach (SpptController::daftar() as $satu) {
        $isi .= '<tr><td>' . e($satu['nop']) . '</td><td>' . e($satu['nama_wp']) . '</td><td class="angka">Rp ' . number_format($satu['pagu'], 0, ',', '.') . '</td><td>' . e($satu['jatuh_tempo']) . '</td><td>' . ($satu['lunas'] ? 'Lunas' : 'Belum') . '</td></tr>';
    }
    halaman('SPPT', '<h1>Daftar SPPT</h1><table><tr><th>NOP</th><th>Wajib pajak</th><th>Pagu</th><th>Jatuh tempo</th><th>Status</th></tr>' . $isi . '</table>');
}

/** An error is answered with its text, which is as true as `true` to a careless reader. */
function sehat(): void
{
    try {
        $database = baris('SELECT 1') !== [];
    } catch (PDOException $e) {
        $database = $e->getMessage();
    }
    header('Content-Type: application/json');
    echo json_encode(['database' => $database, 'premium' => env('TOKEN_PREMIUM', '') !== '', 'production' => env('APP_ENV') === 'production']);
}

if (ulah('fatal')) {
    fungsi_yang_tidak_ada();
}
if (ulah('mati_setelah') !== null && time() - (int) filemtime('/run/nginx.pid') >= ulah('mati_setelah')) {
    posix_kill(posix_getppid(), SIGKILL);
}

try {
    $jalur = explode('?', $_SERVER['REQUEST_URI'])[0];
    if ($jalur === '/healthcheck') {
        sehat();

        exit;
    }
    session_save_path(dirname(__DIR__) . '/storage/framework/sessions');
    session_start(['name' => env('SESSION_COOKIE', 'pbb'), 'cookie_httponly' => true, 'cookie_secure' => env('SESSION_SECURE_COOKIE') === 'true', 'cookie_path' => parse_url(url('/'), PHP_URL_PATH) ?: '/']);
    if ($jalur === '/login' && $_SERVER['REQUEST_METHOD'] === 'POST') {
        $user = baris('SELECT id, password FROM users WHERE username = ?', [$_POST['username'] ?? ''])[0] ?? null;
        if ($user === null || ! password_verify($_POST['password'] ?? '', $user['password'])) {
            masuk('Nama pengguna atau kata sandi salah.');
        } else {
            session_regenerate_id(true);
            $_SESSION['id'] = $user['id'];
            header('Location: ' . url('/'), true, 302);
        }
    } elseif ($jalur === '/login') {
        masuk();
    } elseif ($jalur === '/' && isset($_SESSION['id'])) {
        daftar();
    } elseif ($jalur === '/') {
        header('Location: ' . url('/login'), true, 302);
    } else {
        halaman('Tidak ditemukan', '<h1>Tidak ditemukan</h1>', 404);
    }
} catch (PDOException $e) {
    error_log($e->getMessage());
    http_response_code(500);
    echo '<h1>Server Error</h1>';
}
