<?php

defined('BASEPATH') || exit('No direct script access allowed');

/** The routes that must never be reachable: they take any token, print keys and delete the row of the running version. */
class Terbuka extends CI_Controller
{
    public function token(): void
    {
        echo '<form method="post"><input name="token"></form>';
    }

    public function periksa(): void
    {
        echo '<h1>Periksa</h1>';
    }

    public function koneksi(): void
    {
        echo e(get_app_key()) . ' ' . e(baris('SELECT app_key FROM config ORDER BY id LIMIT 1')[0]['app_key']);
    }

    public function migrasi(): void
    {
        db()->exec('DELETE FROM migrasi ORDER BY id DESC LIMIT 1');
        $this->load->model('database_model');
        $this->database_model->migrasi_db_cri();
        echo json_encode(['message' => 'Migrasi berhasil dilakukan']);
    }
}
