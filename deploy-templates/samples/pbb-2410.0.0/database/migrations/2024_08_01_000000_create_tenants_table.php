<?php

// Reads the process environment, once and for all: a later change of the token there has no effect.
return static function (PDO $db): void {
    $db->exec('CREATE TABLE tenants (id INT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(13) NOT NULL UNIQUE, name VARCHAR(100) NOT NULL, id_start_range INT NOT NULL, id_end_range INT NOT NULL)');
    $db->prepare('INSERT INTO tenants (code, name, id_start_range, id_end_range) VALUES (?, ?, 1, 999999999)')->execute([env('KODE_DESA', '00.00.00.0000'), 'Desa Default']);
    $db->exec('ALTER TABLE sppt ADD COLUMN tenant_id INT NOT NULL DEFAULT 1');
    $kunci = $db->prepare('INSERT INTO pengaturan_aplikasi (`key`, value) VALUES (?, ?)');
    $kunci->execute(['layanan_kode_desa', env('KODE_DESA', '')]);
    $kunci->execute(['layanan_opendesa_token', env('TOKEN_PREMIUM', '')]);
    $isi = $db->prepare('INSERT INTO sppt (nop, nama_wp, pagu, lunas, tenant_id) VALUES (?, ?, ?, ?, 1)');
    foreach (['Karto Wijoyo', 'Sumiyati', 'Paijo Raharjo', 'Endang Lestari'] as $urut => $nama) {
        $isi->execute([preg_replace('/\D/', '', (string) env('KODE_DESA', '')) . '0010' . ($urut + 1) . '0', $nama, 45000 + 8500 * $urut, $urut % 2]);
    }
};
