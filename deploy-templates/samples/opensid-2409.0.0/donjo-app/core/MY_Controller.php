<?php

defined('BASEPATH') || exit('No direct script access allowed');

/** Every page goes through here: installs an empty schema, pairs by app_key, and migrates in the middle of any request. */
class MY_Controller extends CI_Controller
{
    public ?array $desa = null;
    public ?object $setting = null;

    public function __construct()
    {
        parent::__construct();
        $this->berulah();
        $this->load->database();
        $this->load->model(['seeders/seeder', 'setting_model', 'anjungan_model']);
        $kunci      = get_app_key();
        $this->desa = baris('SELECT * FROM config WHERE app_key = ?', [$kunci])[0] ?? null;
        if ($this->desa === null) {
            if ((int) baris('SELECT COUNT(*) AS n FROM config')[0]['n'] > 1) {
                http_response_code(500);

                exit('<h1>Database Error</h1>');
            }
            header('Location: /koneksi_database/config', true, 307);

            exit;
        }
        $this->setting_model->init();
    }

    /** @param array<string, mixed> $isi */
    protected function tampil(string $nama, array $isi = []): void
    {
        $desa = cache()->remember('identitas_desa', fn (): array => $this->desa);
        $umum = [
            'desa'    => ['nama_desa' => ulah('nama_desa') ?? $desa['nama_desa']] + $desa,
            'sebutan' => ucwords($this->setting->sebutan_desa ?? 'desa'),
            'versi'   => ulah('versi_tampil') ?? VERSION,
            'judul'   => '',
        ];
        view('kepala', $isi + $umum);
        view($nama, $isi + $umum);
        view('kaki', $isi + $umum);
    }

    private function berulah(): void
    {
        if (ulah('fatal')) {
            fungsi_yang_tidak_ada();
        }
        $umur = ulah('mati_setelah');
        if ($umur !== null && time() - (int) filemtime('/run/nginx.pid') >= $umur) {
            posix_kill(posix_getppid(), SIGKILL);
        }
    }
}
