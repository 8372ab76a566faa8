import { reasonsOf } from '../reason-text';

/** Why a task inside a container or a database did not count as done; `short` stands in brackets behind another sentence. */
const stay = reasonsOf('Semua desa tetap di versi sekarang dan menjawab.');
const none = reasonsOf('Tidak ada yang berubah.');
const log = 'Buka log langkah ini, perbaiki sebabnya, lalu Ulangi.';
const again = 'Ulangi. Bila sama lagi, jalankan ./siappakai doctor di server.';

export const causeReasons = {
  cause_not_migrated: stay(
    'migrasi tidak tuntas',
    'Migrasi berakhir, tetapi versi baru tidak tercatat di basis data.',
    log,
  ),
  cause_migration_logged_error: stay(
    'log migrasi memuat galat',
    'Migrasi mengaku berhasil, tetapi lognya memuat galat; hasilnya tidak dipercaya.',
    log,
  ),
  cause_migration_failed: stay('perintah migrasi gagal', 'Perintah migrasi berhenti dengan galat.', log),
  cause_structure_missing: stay(
    'mengaku berhasil, strukturnya tidak ada',
    'Migrasi mengaku berhasil, tetapi tabel atau kolom yang dibuatnya tidak ada di basis data.',
    log,
  ),
  cause_lock_not_obtained: stay(
    'skema sedang dipakai',
    'Skema bersama sedang diubah pekerjaan lain.',
    'Tunggu selesai, lalu Ulangi.',
  ),
  cause_schema_not_ready: stay('skema belum siap', 'Skema bersama belum lengkap.', log),
  cause_database_down: stay('basis data tidak menjawab', 'Basis data tidak menjawab selama tugas ini.', again),
  cause_task_died: stay('tugas mati di tengah jalan', 'Tugas berhenti sebelum selesai.', log),
  cause_no_answer: stay('tugas tidak melapor', 'Tugas berakhir tanpa laporan hasil.', log),
  cause_initial_data_failed: none('data awal gagal', 'Data awal desa tidak dapat dibuat.', log),
  cause_not_paired: none('nomor desa tidak diketahui', 'Baris desa di basis data tidak ditemukan.', log),
  cause_provision_logged_error: none(
    'log pembuatan memuat galat',
    'Pembuatan data desa mengaku berhasil, tetapi lognya memuat galat.',
    log,
  ),
  cause_tenant_missing: none('baris desa tidak ada', 'Baris desa tidak ada di basis data aplikasi ini.', log),
  cause_incomplete_dump: none('cadangan tidak utuh', 'Cadangan basis data berhenti sebelum selesai.', again),
  cause_tables_missing: none(
    'tabel kurang dalam cadangan',
    'Cadangan tidak memuat semua tabel, jadi tidak dipakai.',
    again,
  ),
  cause_rows_missing: none(
    'baris kurang dalam arsip',
    'Arsip desa tidak memuat semua barisnya, jadi tidak ada yang dihapus.',
    again,
  ),
  cause_rows_left: none('baris tersisa', 'Masih ada baris desa ini di basis data.', log),
  cause_rows_referenced: none(
    'baris masih dirujuk',
    'Baris desa ini masih dirujuk baris lain, jadi tidak dihapus.',
    log,
  ),
  cause_no_subnet: none(
    'jaringan kontainer habis',
    'Tidak ada rentang jaringan bebas untuk desa ini.',
    'Perluas jaringan kontainer di /etc/docker/daemon.json, lalu Ulangi.',
  ),
  cause_aborted: none('dihentikan', 'Pekerjaan dihentikan sebelum selesai.', 'Ulangi bila tetap diperlukan.'),
};
