<?php

// Companion of SiapPakai inside an OpenSID release image. GPL-3.0-or-later, like OpenSID.

defined('BASEPATH') || exit('No direct script access allowed');

require_once APPPATH . 'siappakai/Catatan.php';
require_once APPPATH . 'siappakai/Skema.php';

use SiapPakai\Catatan;
use SiapPakai\Skema;

/**
 * Provisions and migrates from the command line, one JSON line on stdout, log lines on stderr; answers the deep
 * identity over the web. Extends the bare controller: MY_Controller would migrate in the middle of a request.
 *
 * Exit codes: 0 done, 1 failed, 2 lock not obtained, 3 not migrated, 4 refused (schema is not ready for this code).
 */
class Siappakai extends CI_Controller
{
    private const IDENTITAS = [
        'nama_desa', 'kode_desa', 'nama_kecamatan', 'kode_kecamatan', 'nama_kabupaten', 'kode_kabupaten',
        'nama_propinsi', 'kode_propinsi', 'nama_kepala_camat', 'nip_kepala_camat',
    ];

    private ?Skema $skema   = null;
    private float $mulai    = 0;
    private bool $terjawab = false;

    public function status(): void
    {
        $this->hanyaCli();
        $this->jawab(['ok' => true], 0);
    }

    public function provision(): void
    {
        $this->hanyaCli();
        $this->kunci();
        $identitas = $this->identitas();
        $kosong    = $this->skema->jumlahTabel() === 0;

        if ($kosong) {
            $this->pasangSkema();
        }

        $kunci = get_app_key();
        $baru  = $this->skema->idDesa($kunci) === null;
        if ($baru && ! $this->skema->sudahMigrasi(VERSI_DATABASE)) {
            $this->jawab(['ok' => false, 'alasan' => 'schema_not_ready'], 4);
        }
        $ok = true;
        if ($baru) {
            $this->skema->tambahDesa($kunci, $identitas);
            $ok = $this->isiDataAwal();
        } elseif ($identitas !== []) {
            $this->skema->ubahDesa($kunci, $identitas);
        }
        $this->kosongkanCache();
        $this->jawab(['ok' => $ok, 'baru' => $baru || $kosong, 'skema_baru' => $kosong], $ok ? 0 : 1);
    }

    public function migrate(): void
    {
        $this->hanyaCli();
        $this->kunci();
        $this->load->database();
        $this->load->model(['setting_model', 'anjungan_model']);
        $this->setting_model->init();
        $this->jawabMigrasi();
    }

    /** Repeats every step without deleting the row of the running version: deleting it stops every desa of that version. */
    public function ulang(): void
    {
        $this->hanyaCli();
        $this->kunci();
        $this->load->database();
        $this->load->model('setting_model');
        $this->load->model('database_model');
        $this->database_model->migrasi_db_cri(true);
        $this->jawabMigrasi();
    }

    public function sehat(): void
    {
        $kunci = (string) getenv('SIAPPAKAI_HEALTH_KEY');
        $kirim = (string) ($_SERVER['HTTP_X_SIAPPAKAI_KEY'] ?? '');
        if (is_cli() || $kunci === '' || ! hash_equals($kunci, $kirim)) {
            $this->buangSesi();
            http_response_code(404);

            exit;
        }

        $isi    = ['kode' => '', 'app' => 'opensid', 'version' => VERSION, 'ready' => false, 'faults' => []];
        $faults = [];

        try {
            $this->skema = Skema::sambung(3);
            $isi         = array_merge($isi, $this->keadaan());
            $isi['kode'] = (string) $isi['kode_desa'];
            if (! $isi['migrated']) {
                $faults[] = 'not_migrated';
            }
            if ($isi['config_id'] === null) {
                $faults[] = 'unpaired';
            }
            if (! $this->skema->viewTerbaca('penduduk_hidup')) {
                $faults[] = 'view_broken';
            }
        } catch (\Throwable $e) {
            $faults[]     = 'database_down';
            $isi['galat'] = get_class($e);
        }

        $isi['tulis'] = $this->bisaTulis(['desa/upload', 'storage/framework', 'storage/logs']);
        if (in_array(false, $isi['tulis'], true)) {
            $faults[] = 'not_writable';
        }
        $isi['faults'] = $faults;
        $isi['ready']  = $faults === [];

        $this->buangSesi();
        http_response_code($isi['ready'] ? 200 : 503);
        header('Content-Type: application/json');
        header('Cache-Control: no-store');
        echo json_encode($isi, JSON_UNESCAPED_SLASHES);

        exit;
    }

    private function hanyaCli(): void
    {
        if (! is_cli()) {
            $this->buangSesi();
            http_response_code(404);

            exit;
        }
        set_time_limit(0);
        ini_set('memory_limit', '768M');
        $this->mulai = microtime(true);
        Catatan::pasang(load_class('Log', 'core'));
        register_shutdown_function(function (): void {
            if (! $this->terjawab) {
                $this->terjawab = true;
                $galat          = error_get_last();
                echo PHP_EOL . json_encode(['ok' => false, 'alasan' => 'stopped', 'galat' => Catatan::samarkan((string) ($galat['message'] ?? '')), 'log' => Catatan::galat()]) . PHP_EOL;
            }
        });
    }

    private function kunci(): void
    {
        $this->sambung();
        if (! $this->skema->kunci(600)) {
            $this->jawab(['ok' => false, 'alasan' => 'locked'], 2);
        }
    }

    private function sambung(): void
    {
        try {
            $this->skema ??= Skema::sambung(10);
        } catch (\mysqli_sql_exception $e) {
            $this->terjawab = true;
            echo PHP_EOL . json_encode(['ok' => false, 'alasan' => 'database_down', 'galat' => $e->getMessage()]) . PHP_EOL;

            exit(1);
        }
    }

    /** @return array<string, string> */
    private function identitas(): array
    {
        $isi = json_decode((string) getenv('OPENSID_IDENTITAS'), true);
        if (! is_array($isi)) {
            return [];
        }

        return array_map('strval', array_intersect_key($isi, array_flip(self::IDENTITAS)));
    }

    /** The seeder throws desa/app_key away and makes another; the key that was given stays the key of this desa. */
    private function pasangSkema(): void
    {
        $diberi = get_app_key();
        $this->load->database();
        $this->load->model('seeders/seeder');
        $dibuat = get_app_key();
        if ($dibuat !== $diberi && file_put_contents(FCPATH . 'desa/app_key', $diberi) !== false) {
            $this->skema->gantiKunci($dibuat, $diberi);
        }
        $this->kosongkanCache();
    }

    private function isiDataAwal(): bool
    {
        $this->kosongkanCache();
        folder_desa();
        $this->load->database();
        $this->load->model('migrations/data_awal', 'data_awal');
        $ok = $this->data_awal->up() !== false;
        $id = $this->skema->idDesa(get_app_key());
        if ($id !== null && class_exists('App\Imports\KlasifikasiSuratImports') && $this->skema->jumlahBaris('klasifikasi_surat', $id) === 0) {
            $ok = (new \App\Imports\KlasifikasiSuratImports())->import() && $ok;
        }

        return $ok;
    }

    private function kosongkanCache(): void
    {
        if (is_dir(FCPATH . 'desa/cache')) {
            resetCacheDesa();
        }
        cache()->flush();
    }

    private function jawabMigrasi(): void
    {
        $migrated = $this->skema->sudahMigrasi(VERSI_DATABASE);
        $this->jawab(['ok' => $migrated], $migrated ? 0 : 3);
    }

    /** @return array<string, mixed> */
    private function keadaan(): array
    {
        $kunci = is_file(FCPATH . 'desa/app_key') ? (string) file_get_contents(FCPATH . 'desa/app_key') : '';
        $ada   = $this->skema->jumlahTabel() > 0;
        $id    = $ada ? $this->skema->idDesa($kunci) : null;

        return [
            'version'         => VERSION,
            'premium'         => PREMIUM,
            'versi_database'  => VERSI_DATABASE,
            'migrated'        => $ada && $this->skema->sudahMigrasi(VERSI_DATABASE),
            'migrasi'         => $ada ? $this->skema->migrasi() : [],
            'config_id'       => $id,
            'kode_desa'       => $id === null ? '' : $this->skema->kodeDesa($id),
            'tenants'         => $ada ? $this->skema->jumlahDesa() : 0,
            'current_version' => $id === null ? null : $this->skema->versiTercatat($id),
        ];
    }

    /** @param list<string> $folder @return array<string, bool> */
    private function bisaTulis(array $folder): array
    {
        $hasil = [];

        foreach ($folder as $satu) {
            $berkas       = FCPATH . $satu . '/.siappakai-' . getmypid();
            $hasil[$satu] = @file_put_contents($berkas, '1') === 1;
            @unlink($berkas);
        }

        return $hasil;
    }

    /** A probe must not leave one session file behind each time. */
    private function buangSesi(): void
    {
        if (session_status() === PHP_SESSION_ACTIVE) {
            session_destroy();
        }
        header_remove('Set-Cookie');
    }

    /** @param array<string, mixed> $isi */
    private function jawab(array $isi, int $kode): void
    {
        $this->sambung();
        $isi += ['detik' => round(microtime(true) - $this->mulai, 3)] + $this->keadaan() + ['log' => Catatan::galat()];
        $this->terjawab = true;
        echo PHP_EOL . json_encode($isi, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE) . PHP_EOL;

        exit($kode);
    }
}
