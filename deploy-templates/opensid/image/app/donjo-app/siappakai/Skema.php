<?php

namespace SiapPakai;

/** Reads and writes of the shared schema on an own connection: the lock lives and dies with it, and a dead database is an exception, not a redirect. */
class Skema
{
    private \mysqli $db;
    private string $skema;

    private function __construct(\mysqli $db, string $skema)
    {
        $this->db    = $db;
        $this->skema = $skema;
    }

    /** Connects with what OpenSID itself would use (its file may hold an encrypted password). */
    public static function sambung(int $detik): self
    {
        $db = [];
        include APPPATH . 'config/database.php';
        $isi = $db['default'];
        $laporan = (new \mysqli_driver())->report_mode;
        mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
        $sambungan = mysqli_init();
        $sambungan->options(MYSQLI_OPT_CONNECT_TIMEOUT, $detik);
        $sambungan->real_connect($isi['hostname'], $isi['username'], $isi['password'], $isi['database'], (int) ($isi['port'] ?? 3306));
        $sambungan->set_charset('utf8');
        mysqli_report($laporan);

        return new self($sambungan, $isi['database']);
    }

    public function kunci(int $detik): bool
    {
        return (int) $this->satu('SELECT GET_LOCK(?, ?)', [$this->skema . ':opensid_schema', $detik]) === 1;
    }

    public function jumlahTabel(): int
    {
        return (int) $this->satu('SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?', [$this->skema]);
    }

    public function idDesa(string $kunci): ?int
    {
        $id = $this->satu('SELECT id FROM config WHERE app_key = ?', [$kunci]);

        return $id === null ? null : (int) $id;
    }

    public function kodeDesa(int $id): string
    {
        return (string) $this->satu('SELECT kode_desa FROM config WHERE id = ?', [$id]);
    }

    public function jumlahDesa(): int
    {
        return (int) $this->satu('SELECT COUNT(*) FROM config', []);
    }

    public function versiTercatat(int $id): ?string
    {
        return $this->satu("SELECT value FROM setting_aplikasi WHERE config_id = ? AND `key` = 'current_version'", [$id]);
    }

    public function sudahMigrasi(string $versi): bool
    {
        return (int) $this->satu('SELECT COUNT(*) FROM migrasi WHERE versi_database = ?', [$versi]) > 0;
    }

    /** @return list<string> */
    public function migrasi(): array
    {
        return array_column($this->jalankan('SELECT versi_database FROM migrasi ORDER BY versi_database', [])->fetch_all(MYSQLI_ASSOC), 'versi_database');
    }

    public function jumlahBaris(string $tabel, int $id): int
    {
        return (int) $this->satu("SELECT COUNT(*) FROM `{$tabel}` WHERE config_id = ?", [$id]);
    }

    public function viewTerbaca(string $view): bool
    {
        try {
            $this->jalankan("SELECT 1 FROM `{$view}` LIMIT 1", []);

            return true;
        } catch (\RuntimeException $e) {
            return false;
        }
    }

    /** @param array<string, string> $identitas */
    public function tambahDesa(string $kunci, array $identitas): void
    {
        $kosong = array_fill_keys(['nama_desa', 'kode_desa', 'nama_kecamatan', 'kode_kecamatan', 'nama_kabupaten', 'kode_kabupaten', 'nama_propinsi', 'kode_propinsi', 'nama_kepala_camat', 'nip_kepala_camat'], '');
        $isi    = ['app_key' => $kunci] + array_merge($kosong, $identitas);
        $kolom  = implode('`, `', array_keys($isi));
        $tanda  = implode(', ', array_fill(0, count($isi), '?'));
        $this->jalankan("INSERT INTO config (`{$kolom}`) VALUES ({$tanda})", array_values($isi));
    }

    /** @param array<string, string> $identitas */
    public function ubahDesa(string $kunci, array $identitas): void
    {
        $pasang = implode(', ', array_map(static fn ($kolom): string => "`{$kolom}` = ?", array_keys($identitas)));
        $this->jalankan("UPDATE config SET {$pasang} WHERE app_key = ?", [...array_values($identitas), $kunci]);
    }

    public function gantiKunci(string $lama, string $baru): void
    {
        $this->jalankan('UPDATE config SET app_key = ? WHERE app_key = ?', [$baru, $lama]);
    }

    /** @param list<mixed> $nilai */
    private function satu(string $sql, array $nilai): ?string
    {
        $baris = $this->jalankan($sql, $nilai)->fetch_row();

        return $baris === null || $baris[0] === null ? null : (string) $baris[0];
    }

    /** @param list<mixed> $nilai */
    private function jalankan(string $sql, array $nilai): ?\mysqli_result
    {
        $pernyataan = $this->db->prepare($sql);
        if ($pernyataan === false || ! $pernyataan->execute($nilai)) {
            throw new \RuntimeException('SQL ' . $this->db->errno);
        }
        $hasil = $pernyataan->get_result();

        return $hasil === false ? null : $hasil;
    }
}
