<?php

defined('BASEPATH') || exit('No direct script access allowed');

class Layanan_mandiri extends MY_Controller
{
    public function __construct()
    {
        parent::__construct();
        session_save_path((string) config_item('sess_save_path'));
        session_start(['name' => 'ci_session', 'cookie_httponly' => true, 'cookie_secure' => (bool) config_item('cookie_secure')]);
    }

    public function index(): void
    {
        $this->tampil('mandiri', ['judul' => 'Layanan Mandiri', 'galat' => isset($_GET['galat'])]);
    }

    public function cek(): void
    {
        $pin   = md5((int) strrev($_POST['pin'] ?? '') * 77 . '!#@$#%');
        $warga = baris('SELECT p.id FROM tweb_penduduk p JOIN tweb_penduduk_mandiri m ON m.id_pend = p.id
            WHERE p.config_id = ? AND p.nik = ? AND m.pin = ?', [$this->desa['id'], $_POST['nik'] ?? '', $pin])[0] ?? null;
        $_SESSION['warga'] = $warga['id'] ?? null;
        header('Location: ' . ($warga === null ? '/layanan-mandiri/masuk?galat=1' : '/layanan-mandiri/permohonan-surat'), true, 303);
    }

    public function surat(): void
    {
        $warga = baris('SELECT id, nik, nama FROM tweb_penduduk WHERE config_id = ? AND id = ?', [$this->desa['id'], $_SESSION['warga'] ?? 0])[0] ?? null;
        if ($warga === null) {
            header('Location: /layanan-mandiri/masuk', true, 303);

            return;
        }
        $this->tampil('surat', ['judul' => 'Surat saya', 'warga' => $warga, 'surat' => baris('SELECT no_surat, perihal FROM log_surat WHERE id_pend = ?', [$warga['id']])]);
    }

    public function keluar(): void
    {
        session_destroy();
        header('Location: /layanan-mandiri/masuk', true, 303);
    }
}
