<?php

defined('BASEPATH') || exit('No direct script access allowed');

class Siteman extends MY_Controller
{
    public function __construct()
    {
        parent::__construct();
        session_save_path((string) config_item('sess_save_path'));
        session_start(['name' => 'ci_session', 'cookie_httponly' => true, 'cookie_secure' => (bool) config_item('cookie_secure')]);
    }

    public function index(): void
    {
        $this->tampil('siteman', ['judul' => 'Masuk administrasi', 'galat' => isset($_GET['galat'])]);
    }

    public function masuk(): void
    {
        $user = baris('SELECT id, password FROM user WHERE config_id = ? AND username = ?', [$this->desa['id'], $_POST['username'] ?? ''])[0] ?? null;
        if ($user === null || ! password_verify($_POST['password'] ?? '', $user['password'])) {
            $this->ke('/siteman?galat=1');
        }
        session_regenerate_id(true);
        $_SESSION['admin'] = $this->desa['id'];
        $this->ke('/beranda');
    }

    public function beranda(): void
    {
        $this->hanyaAdmin();
        $this->tampil('admin', ['judul' => 'Administrasi']);
    }

    public function penduduk(): void
    {
        $this->hanyaAdmin();
        $this->tampil('penduduk', ['judul' => 'Penduduk', 'daftar' => baris('SELECT nik, nama FROM penduduk_hidup WHERE config_id = ? ORDER BY nama', [$this->desa['id']])]);
    }

    /** Shows what the token says; as in the original nothing is verified but the code of the desa. */
    public function pelanggan(): void
    {
        $this->hanyaAdmin();
        $bagian    = explode('.', (string) (config_item('token_layanan') ?? $this->setting->layanan_opendesa_token ?? ''));
        $isi       = json_decode((string) base64_decode($bagian[1] ?? '', true), true);
        $terdaftar = is_array($isi) && preg_replace('/\D/', '', (string) ($isi['desa_id'] ?? '')) === $this->desa['kode_desa'];
        $this->tampil('pelanggan', ['judul' => 'Layanan Pelanggan', 'terdaftar' => $terdaftar, 'sampai' => $isi['tanggal_berlangganan']['akhir'] ?? '']);
    }

    private function hanyaAdmin(): void
    {
        if (($_SESSION['admin'] ?? null) !== $this->desa['id']) {
            $this->ke('/siteman');
        }
    }

    private function ke(string $alamat): void
    {
        header('Location: ' . $alamat, true, 303);

        exit;
    }
}
