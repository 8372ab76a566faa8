<?php

declare(strict_types=1);

$faults = is_writable('/tamu') ? [] : ['not_writable'];
http_response_code($faults === [] ? 200 : 503);
header('Content-Type: application/json');
echo json_encode([
    'kode'    => (string) getenv('KODE_DESA'),
    'app'     => 'buku',
    'version' => trim((string) file_get_contents('/app/VERSI')),
    'ready'   => $faults === [],
    'faults'  => $faults,
]);
