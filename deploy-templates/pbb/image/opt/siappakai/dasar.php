<?php

declare(strict_types=1);

/** Version written into the image when it was built; '' when unknown. */
function sp_version(): string
{
    $teks = (string) @file_get_contents('/etc/siappakai/release.conf');

    return preg_match('/default\s+"([^"]*)"/', $teks, $cocok) === 1 ? $cocok[1] : '';
}

/** Connection from the environment; PDOException when the database is down. */
function sp_database(int $detik): PDO
{
    $alamat = sprintf('mysql:host=%s;port=%s;dbname=%s;charset=utf8mb4', getenv('DB_HOST'), getenv('DB_PORT'), getenv('DB_DATABASE'));

    return new PDO($alamat, (string) getenv('DB_USERNAME'), (string) getenv('DB_PASSWORD'), [
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_TIMEOUT => $detik,
    ]);
}

/** @param list<mixed> $nilai */
function sp_value(PDO $db, string $sql, array $nilai = []): ?string
{
    $pernyataan = $db->prepare($sql);
    $pernyataan->execute($nilai);
    $isi = $pernyataan->fetchColumn();

    return $isi === false || $isi === null ? null : (string) $isi;
}

/** Ends the request unless it carries this instance's key. */
function sp_guard(): void
{
    $kunci = (string) getenv('SIAPPAKAI_HEALTH_KEY');
    if ($kunci === '' || ! hash_equals($kunci, (string) ($_SERVER['HTTP_X_SIAPPAKAI_KEY'] ?? ''))) {
        http_response_code(404);

        exit;
    }
}

/** @param list<string> $folder */
function sp_writable(array $folder): bool
{
    foreach ($folder as $satu) {
        $berkas = $satu . '/.siappakai-' . getmypid();
        if (@file_put_contents($berkas, '1') !== 1) {
            return false;
        }
        @unlink($berkas);
    }

    return true;
}

/** @param list<string> $faults */
function sp_answer(string $app, string $kode, array $faults): void
{
    http_response_code($faults === [] ? 200 : 503);
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    echo json_encode(['kode' => $kode, 'app' => $app, 'version' => sp_version(), 'ready' => $faults === [], 'faults' => $faults]);
}
