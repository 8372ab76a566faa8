<?php

defined('BASEPATH') || exit('No direct script access allowed');

/** First rows of the desa whose app_key this is; all people are invented. */
class Data_awal extends CI_Model
{
    private const SETTING = [
        'sebutan_desa' => 'desa', 'timezone' => 'Asia/Jakarta', 'enable_track' => '1', 'layanan_mandiri' => '1',
        'notifikasi_koneksi' => '0', 'layanan_opendesa_token' => '',
    ];
    private const WARGA = ['Sutrisno Hadi', 'Wagiyem Lestari', 'Bambang Prakoso', 'Siti Rohmah'];

    public function up(): bool
    {
        $desa = baris('SELECT id, kode_desa, nama_desa FROM config WHERE app_key = ?', [get_app_key()])[0];
        $id   = (int) $desa['id'];
        foreach (self::SETTING + ['current_version' => currentVersion()] as $kunci => $nilai) {
            baris('INSERT IGNORE INTO setting_aplikasi (config_id, `key`, value) VALUES (?, ?, ?)', [$id, $kunci, $nilai]);
        }
        baris("INSERT IGNORE INTO user (config_id, username, password) VALUES (?, 'admin', ?)", [$id, password_hash('sid304', PASSWORD_BCRYPT)]);
        baris("INSERT INTO klasifikasi_surat (config_id, kode, nama) VALUES (?, '470', 'Kependudukan'), (?, '140', 'Pemerintahan Desa')", [$id, $id]);
        if ($id > 1) {
            $this->isiWarga($id, substr(str_pad($desa['kode_desa'], 10, '0'), 0, 10));
            baris('INSERT INTO artikel (config_id, judul, isi) VALUES (?, ?, ?), (?, ?, ?)', [
                $id, 'Jadwal posyandu bulan ini', 'Posyandu balita dan lansia dilaksanakan di balai pertemuan mulai pukul 08.00.',
                $id, 'Kerja bakti saluran irigasi', 'Warga diminta membawa peralatan masing-masing. Konsumsi disediakan.',
            ]);
        }

        return true;
    }

    private function isiWarga(int $id, string $kode): void
    {
        foreach (self::WARGA as $urut => $nama) {
            $nik = substr($kode, 0, 6) . '0101' . substr($kode, -4) . sprintf('%02d', $urut + 1);
            baris('INSERT INTO tweb_penduduk (config_id, nik, nama) VALUES (?, ?, ?)', [$id, $nik, $nama]);
            $warga = (int) db()->lastInsertId();
            baris('INSERT INTO tweb_penduduk_map VALUES (?, ?, ?)', [$warga, '-7.6' . $urut, '109.6' . $urut]);
            baris('INSERT INTO log_surat (config_id, id_pend, no_surat, perihal) VALUES (?, ?, ?, ?)', [$id, $warga, '470/' . ($urut + 1), 'Surat keterangan domisili']);
            // 123456, in the app's own fast hash.
            baris('INSERT INTO tweb_penduduk_mandiri (id_pend, config_id, pin) VALUES (?, ?, ?)', [$warga, $id, md5((int) strrev('123456') * 77 . '!#@$#%')]);
        }
    }
}
