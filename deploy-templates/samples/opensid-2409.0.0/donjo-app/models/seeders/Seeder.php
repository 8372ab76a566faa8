<?php

defined('BASEPATH') || exit('No direct script access allowed');

/** Installs by itself as soon as it is loaded on an empty schema, and throws the app_key away while doing so. */
class Seeder extends CI_Model
{
    public function __construct()
    {
        folder_desa();
        if (baris('SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() LIMIT 1') === []) {
            $this->run();
        }
    }

    private function run(): void
    {
        log_message('notice', 'Mulai memasang data awal');
        @unlink(DESAPATH . 'app_key');
        foreach (array_filter(array_map('trim', explode(";\n", file_get_contents(__DIR__ . '/struktur.sql')))) as $sql) {
            db()->exec($sql);
        }
        baris('INSERT INTO config (id, app_key, nama_desa) VALUES (1, ?, ?)', [get_app_key(), '']);
        $this->load->model('migrations/data_awal', 'data_awal');
        $this->data_awal->up();
        $this->load->model('database_model');
        $this->database_model->cek_migrasi();
        log_message('notice', 'Selesai memasang data awal');
    }
}
