<?php

defined('BASEPATH') || exit('No direct script access allowed');

class First extends MY_Controller
{
    public function index(): void
    {
        $id = $this->desa['id'];
        $this->tampil('beranda', [
            'artikel'  => baris('SELECT judul, isi FROM artikel WHERE config_id = ? ORDER BY id DESC LIMIT 5', [$id]),
            'penduduk' => baris('SELECT COUNT(*) AS n FROM penduduk_hidup WHERE config_id = ?', [$id])[0]['n'],
            'surat'    => baris('SELECT COUNT(*) AS n FROM log_surat WHERE config_id = ?', [$id])[0]['n'],
            'motto'    => $this->setting->motto_desa ?? '',
        ]);
    }
}
