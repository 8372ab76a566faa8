<?php

return static function (PDO $db): void {
    $db->exec('CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, username VARCHAR(100) NOT NULL UNIQUE, password VARCHAR(255) NOT NULL)');
    $db->exec('CREATE TABLE sppt (id INT AUTO_INCREMENT PRIMARY KEY, nop VARCHAR(24) NOT NULL, nama_wp VARCHAR(100) NOT NULL, pagu INT NOT NULL, lunas TINYINT NOT NULL DEFAULT 0)');
    $db->exec('CREATE TABLE pengaturan_aplikasi (id INT AUTO_INCREMENT PRIMARY KEY, `key` VARCHAR(100) NOT NULL UNIQUE, value TEXT NULL)');
    $kunci = $db->prepare('INSERT INTO pengaturan_aplikasi (`key`, value) VALUES (?, ?)');
    foreach (['nama_desa', 'nama_kecamatan', 'nama_kabupaten', 'nama_provinsi', 'kode_desa', 'opensid_url', 'opensid_token'] as $satu) {
        $kunci->execute([$satu, '']);
    }
};
