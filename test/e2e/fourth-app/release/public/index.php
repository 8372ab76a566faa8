<?php

$tamu = is_file('/tamu/daftar') ? count(file('/tamu/daftar')) : 0;
file_put_contents('/tamu/daftar', date('c') . PHP_EOL, FILE_APPEND);
echo '<!doctype html><html lang="id"><title>Buku Tamu</title><h1>Buku Tamu ' . htmlspecialchars((string) getenv('NAMA_DESA'))
    . '</h1><p>' . $tamu . ' tamu sebelum Anda</p><footer>' . trim((string) file_get_contents('/app/VERSI')) . '</footer></html>';
