import { reasonsOf, shortId, withMebibytes, withValue, type ReasonValues } from '../reason-text';
import { states } from './states';

/** Three parts per reason code: what happened, who is hurt, what next. */
const old = reasonsOf('Tidak ada warga. Versi lama tetap melayani.');
const stay = reasonsOf('Semua desa tetap di versi sekarang dan menjawab.');
const none = reasonsOf('Tidak ada yang berubah.');
const unsure = reasonsOf('Belum diketahui apakah warga terkena.');
const away = reasonsOf('Warga melihat halaman tunggu; tidak ada data yang hilang.');
const hurt = reasonsOf('Warga desa ini tidak mendapat jawaban yang benar.');
const again = 'Ulangi. Bila sama lagi, buka log langkah ini.';
const log = 'Buka log langkah ini, perbaiki sebabnya, lalu Ulangi.';
const doctor = 'Jalankan ./siappakai doctor di server, lalu Ulangi.';
/** "Pembaruan 01J…": which change. */
const changeOf = (p: ReasonValues): string =>
  `${withValue(p, 'kind', (kind) => new Map(Object.entries(states.kind)).get(kind) ?? kind)} ${shortId(p('rollout'))}`;
/** What a migration of the release says it makes, and the database does not have. */
const promised = (p: ReasonValues): string =>
  withValue(p, 'missing', (missing) => `: ${missing} dari ${p('migration')} tidak ada di basis data`);
const told = (p: ReasonValues): string => withValue(p, 'firstError', (text) => ` Pesannya: ${text}`);

export const reasons = {
  wrong_identity: old(
    (p) => `menjawab sebagai desa lain${withValue(p, 'observed', (kode) => `: ${kode}`)}`,
    (p) =>
      `Yang menjawab adalah desa lain${withValue(p, 'observed', (kode) => `: ${kode}, seharusnya ${p('expected')}`)}.`,
    'Periksa app_key dan rute desa ini, lalu Ulangi.',
  ),
  wrong_version: old(
    (p) => `versi yang menjawab ${p('observed')}`,
    (p) => `Yang menjawab versi ${p('observed')}, seharusnya ${p('expected')}.`,
    again,
  ),
  wrong_name: old(
    'nama desa tidak tampil di halaman',
    (p) => `Halaman ${p('path')} tidak memuat “${p('expected')}”.`,
    again,
  ),
  http_status: old(
    (p) => withValue(p, 'status', (status) => `menjawab HTTP ${status}`) || 'menjawab dengan galat',
    (p) =>
      `Halaman${withValue(p, 'path', (path) => ` ${path}`)} ${withValue(p, 'status', (status) => `menjawab HTTP ${status}, seharusnya 200`) || 'menjawab dengan galat'}.`,
    'Buka log untuk galat PHP, perbaiki, lalu Ulangi.',
  ),
  not_answering: old('tidak menjawab', 'Alamat publik tidak menjawab dalam batas waktu.', again),
  identity_unreadable: old(
    'jawaban uji tidak terbaca',
    'Aplikasi menjawab uji dengan isi yang tidak dapat dibaca.',
    log,
  ),
  not_ready: old(
    (p) => `belum siap${withValue(p, 'faults', (faults) => `: ${faults}`)}`,
    (p) => `Aplikasi hidup tetapi menyatakan belum siap${withValue(p, 'faults', (faults) => `: ${faults}`)}.`,
    log,
  ),
  unmeasured: unsure(
    'tidak dapat diukur',
    'Jawabannya tidak dapat dibuktikan. Bukan lulus, bukan gagal.',
    'Diukur lagi otomatis tiap 5 dtk, paling banyak 20 kali.',
  ),
  proxy_unreachable: unsure(
    'tidak dapat diukur: proksi tidak terjangkau',
    'Pengukur tidak sampai ke proksi, jadi tidak ada yang dapat dibuktikan. Bukan lulus, bukan gagal.',
    'Diukur lagi otomatis tiap 5 dtk. Bila lama, jalankan ./siappakai doctor.',
  ),
  shared_database_away: away(
    'basis data bersama tidak terjangkau',
    'Basis data semua desa sedang tidak menjawab, jadi keadaan situs ini belum diketahui.',
    'Kembali sendiri begitu basis data menjawab. Bila lama, jalankan ./siappakai doctor.',
  ),
  held: none(
    'ditahan terencana',
    'Lalu lintas PBB ditahan sebentar selama datanya dimigrasikan.',
    'Dibuka lagi sendiri.',
  ),
  dns_elsewhere: hurt(
    'DNS mengarah ke tempat lain',
    (p) => `Nama ${p('host')} mengarah ke ${p('address')}, bukan ke server ini.`,
    'Perbaiki catatan DNS desa ini.',
  ),
  container_exited: old(
    (p) => `kontainer berhenti (${p('exitCode')})`,
    (p) => `Kontainer baru berhenti dengan kode ${p('exitCode')}.`,
    log,
  ),
  container_restarted: old(
    'kontainer mulai ulang sendiri',
    'Kontainer baru mati dan dimulai ulang dalam masa pantau.',
    log,
  ),
  container_gone: old('kontainer hilang', 'Kontainer baru tidak ada lagi di mesin.', again),
  out_of_memory: old(
    'memori habis',
    (p) => `Kontainer baru kehabisan memori${withValue(p, 'limit', (limit) => ` pada batas ${limit}`)}.`,
    'Naikkan batas memori, lalu Ulangi.',
  ),
  address_missing: old('kontainer tanpa alamat', 'Kontainer baru tidak mendapat alamat jaringan.', doctor),
  provision_failed: old(
    (p) => `perintah gagal${withValue(p, 'cause', (cause) => `: ${cause}`)}`,
    (p) => `Perintah dijalankan dan gagal${withValue(p, 'cause', (cause) => ` (${cause})`)}.`,
    log,
  ),
  migration_failed: stay(
    (p) => `migrasi gagal${withValue(p, 'cause', (cause) => `: ${cause}`)}`,
    (p) =>
      `Migrasi skema bersama gagal${withValue(p, 'cause', (cause) => ` (${cause})`)}${promised(p)} dan tidak ada desa yang dialihkan.${told(p)}`,
    log,
  ),
  own_migration_failed: old(
    (p) => `migrasi basis data sendiri gagal${withValue(p, 'cause', (cause) => `: ${cause}`)}`,
    (p) =>
      `Migrasi basis data sendiri aplikasi ini gagal${withValue(p, 'cause', (cause) => ` (${cause})`)}${promised(p)}; isinya dikembalikan dari cadangan yang dibuat tepat sebelumnya.${told(p)}`,
    log,
  ),
  follow_up_failed: stay('migrasi bersama gagal', 'Migrasi bersama sesudah pemasangan gagal.', log),
  fingerprint_differs: stay(
    'sidik skema berbeda',
    'Skema sesudah migrasi tidak sama dengan yang diharapkan.',
    'Jangan lanjutkan sebelum sebabnya jelas; buka log migrasi.',
  ),
  desa_behind: stay(
    (p) => `${p('count')} desa masih tertinggal`,
    (p) => `${p('count')} desa, antara lain ${p('first')}, masih memakai kode yang lebih lama; migrasi ditahan.`,
    'Perbarui desa yang tertinggal dulu.',
  ),
  database_missing: none('basis data tidak ada', 'Basis data bersama belum disiapkan atau kuncinya tidak ada.', doctor),
  schema_missing: none(
    'basis data sendiri tidak ada',
    'Basis data sendiri aplikasi ini belum dibuat.',
    'Pasang ulang aplikasi ini untuk desa ini.',
  ),
  template_tenant: none(
    'baris contoh dilindungi',
    'Baris contoh OpenSID tidak boleh dihapus.',
    'Periksa nomor desa di basis data.',
  ),
  not_installed: none('belum dipasang', 'Aplikasi ini belum dipasang untuk desa ini.', 'Pasang dulu, lalu ulangi.'),
  app_unknown: none(
    'aplikasi tidak dikenal',
    (p) => `Aplikasi ${p('app')} tidak dikenal oleh versi dasbor ini.`,
    'Perbarui dasbor, lalu ulangi.',
  ),
  subject_gone: none('sudah tidak ada', 'Yang akan diubah sudah dihapus.', 'Buat rencana baru.'),
  release_not_ready: none(
    (p) => `rilis ${p('release')} belum siap`,
    (p) => `Rilis ${p('release')} belum siap atau sudah dihapus.`,
    'Impor rilis itu, lalu Ulangi.',
  ),
  plan_too_old: none(
    'rencana dari versi lama',
    'Rencana ini dibuat oleh versi dasbor yang lebih lama.',
    'Buat rencana baru.',
  ),
  needed_app_missing: old(
    (p) => `butuh ${p('app')}`,
    (p) => `${p('app')} belum dipasang untuk desa ini.`,
    (p) => `Pasang ${p('app')} dulu.`,
  ),
  needed_app_failed: old(
    (p) => `${p('app')} tidak berhasil`,
    (p) => `${p('app')} desa ini tidak berhasil, jadi aplikasi ini tidak diubah.`,
    (p) => `Perbaiki ${p('app')}, lalu Ulangi.`,
  ),
  undo_failed: hurt(
    'pengembalian gagal',
    'Perubahan gagal dan versi lama tidak dapat dikembalikan.',
    'Buka log, lalu Ulangi segera.',
  ),
  old_release_gone: hurt(
    'versi lama hilang',
    'Versi lama sudah tidak ada, jadi tidak dapat dikembalikan.',
    'Ulangi segera, atau pilih rilis lain.',
  ),
  same_failure: old(
    (p) => `galat yang sama di ${p('count')} desa`,
    (p) => `Galat yang sama muncul di ${p('count')} desa.`,
    'Perbaiki sebabnya lalu Ulangi, atau Lanjutkan sisanya.',
  ),
  cancelled: none(
    'dibatalkan',
    (p) => `Dibatalkan${withValue(p, 'by', (by) => ` oleh ${by}`)}.`,
    'Ulangi bila tetap diperlukan.',
  ),
  already_there: none(
    'sudah di versi ini',
    'Desa ini sudah memakai versi yang diminta.',
    'Tidak ada yang perlu dikerjakan.',
  ),
  busy: none(
    (p) => `masih ikut ${changeOf(p)}`,
    (p) => `Desa ini masih ikut ${changeOf(p)}, yang belum selesai untuknya.`,
    (p) => `Tunggu ${p('rollout')} selesai atau batalkan, lalu buat rencana lagi.`,
  ),
  changed_since: none(
    'sudah diubah lagi',
    (p) =>
      `Desa ini sudah diubah lagi sesudah pembaruan ini${withValue(p, 'version', (version) => ` (kini ${version})`)}.`,
    'Buat rencana baru untuk desa ini.',
  ),
  provision_conflict: old(
    'sudah ada milik pihak lain',
    (p) =>
      `Yang akan dibuat sudah ada tetapi bukan milik pemasangan ini${withValue(p, 'name', (name) => `: ${name}`)}.`,
    'Ganti namanya atau singkirkan yang lama, lalu Ulangi.',
  ),
  provision_not_found: old(
    'tidak ditemukan',
    (p) => `Yang diperlukan tidak ditemukan${withValue(p, 'name', (name) => `: ${name}`)}.`,
    again,
  ),
  provision_unreachable: old(
    'tidak terjangkau',
    'Mesin kontainer, basis data atau proksi tidak menjawab.',
    'Dicoba lagi otomatis. Bila lama, jalankan ./siappakai doctor.',
  ),
  provision_timeout: old('melewati batas waktu', 'Langkah ini tidak selesai dalam batas waktunya.', again),
  provision_refused: old('ditolak', 'Permintaan ditolak: hak atau kata sandi tidak cocok.', doctor),
  provision_invalid: old(
    'isian tidak sah',
    (p) => `Isian tidak dapat dipakai${withValue(p, 'message', (message) => `: ${message}`)}.`,
    log,
  ),
  provision_no_space: old(
    'disk penuh',
    (p) =>
      `Disk server tidak cukup untuk langkah ini${withMebibytes(p, 'needed', (needed) => `: perlu ${needed}`)}${withMebibytes(p, 'free', (free) => `, tersedia ${free}`)}.`,
    (p) =>
      withMebibytes(
        p,
        'missing',
        (missing) => `Kosongkan sedikitnya ${missing}: hapus cuplikan atau rilis lama, lalu Ulangi.`,
      ) || 'Hapus cuplikan atau rilis lama, lalu Ulangi.',
  ),
  unexpected: old(
    'galat yang belum dikenal',
    (p) => `Galat yang belum dikenal${withValue(p, 'message', (message) => `: ${message}`)}.`,
    again,
  ),
  unknown: unsure(
    (p) => `sebab belum dikenal (${p('code')})`,
    (p) => `Sebabnya belum punya kalimat: kode ${p('code')}.`,
    again,
  ),
};
