/**
 * One sentence of three parts per reason code: what happened, who is hurt, what next. `p` gives the values as text ("—" when absent).
 * `short` is the line of lists and feeds.
 */
export type ReasonValues = (name: string) => string;
export interface ReasonText {
  readonly short: (p: ReasonValues) => string;
  readonly what: (p: ReasonValues) => string;
  readonly who: (p: ReasonValues) => string;
  readonly next: (p: ReasonValues) => string;
}
const oldServes = () => 'Tidak ada warga. Versi lama tetap melayani.';
const nobody = () => 'Tidak ada desa yang terkena, tidak ada yang disimpan.';
const retry = () => 'Perbaiki sebabnya, lalu Ulangi.';
const again = () => 'Ulangi. Bila sama lagi, buka log langkah ini.';
const text = (
  short: string | ReasonText['short'],
  what: string | ReasonText['what'],
  next: string | ReasonText['next'],
  who: ReasonText['who'] = oldServes,
): ReasonText => ({
  short: typeof short === 'string' ? () => short : short,
  what: typeof what === 'string' ? () => what : what,
  who,
  next: typeof next === 'string' ? () => next : next,
});

export const reasons = {
  wrong_identity: text(
    (p) => `menjawab sebagai desa lain: ${p('observed')}`,
    (p) => `Rilis baru menjawab sebagai desa lain: ${p('observed')}, seharusnya ${p('expected')}.`,
    'Periksa app_key dan rute desa ini, lalu Ulangi. Bila sama lagi, buat bundel dukungan.',
  ),
  wrong_version: text(
    (p) => `versi yang menjawab ${p('observed')}`,
    (p) => `Yang menjawab versi ${p('observed')}, seharusnya ${p('expected')}.`,
    again,
  ),
  wrong_name: text(
    'nama desa tidak tampil di beranda',
    (p) => `Beranda menjawab tanpa nama desa${p('expected') === '—' ? '' : ` “${p('expected')}”`}.`,
    again,
  ),
  http_status: text(
    (p) => `beranda menjawab HTTP ${p('status')}`,
    (p) => `Beranda menjawab HTTP ${p('status')}, seharusnya 200.`,
    'Buka log langkah ini untuk galat PHP, perbaiki, lalu Ulangi.',
  ),
  not_answering: text('tidak menjawab', 'Alamat publik tidak menjawab dalam batas waktu.', again),
  container_exited: text(
    (p) => `kontainer berhenti (${p('exitCode')})`,
    (p) => `Kontainer baru berhenti dengan kode ${p('exitCode')}.`,
    'Buka log langkah ini, perbaiki, lalu Ulangi.',
  ),
  out_of_memory: text(
    (p) => `memori habis pada batas ${p('limit')}`,
    (p) => `Kontainer baru kehabisan memori. Batasnya ${p('limit')}.`,
    'Naikkan batas memori, lalu Ulangi.',
  ),
  not_ready: text(
    (p) => `belum siap: ${p('faults')}`,
    (p) => `Aplikasi hidup tetapi menyatakan belum siap: ${p('faults')}.`,
    retry,
  ),
  unmeasured: text(
    'tidak dapat diukur',
    'Kunci uji tidak terbaca, jadi jawabannya tidak dapat dibuktikan. Bukan lulus, bukan gagal.',
    'Diukur lagi otomatis tiap 5 dtk, paling banyak 20 kali.',
    () => 'Belum diketahui apakah warga terkena.',
  ),
  dns_elsewhere: text(
    'DNS mengarah ke tempat lain',
    (p) => `Nama ${p('host')} mengarah ke ${p('address')}, bukan ke server ini.`,
    'Perbaiki catatan DNS desa ini.',
    () => 'Warga tidak sampai ke server ini.',
  ),
  migration_failed: text(
    'migrasi gagal',
    'Migrasi skema gagal dan tidak ada desa yang dialihkan.',
    'Buka log migrasi, perbaiki, lalu coba lagi.',
    () => 'Semua desa tetap di versi sekarang dan menjawab.',
  ),
  migration_logged_error: text(
    'migrasi mencatat galat',
    'Migrasi menyatakan berhasil tetapi mencatat galat; hasilnya tidak dipercaya.',
    'Buka log migrasi, perbaiki, lalu coba lagi.',
    () => 'Semua desa tetap di versi sekarang dan menjawab.',
  ),
  fingerprint_differs: text(
    'sidik skema berbeda',
    'Skema sesudah migrasi tidak sama dengan yang diramalkan.',
    'Jangan lanjutkan. Buat bundel dukungan.',
    () => 'Semua desa tetap di versi sekarang dan menjawab.',
  ),
  schema_busy: text(
    'skema sedang dipakai pekerjaan lain',
    'Skema bersama sedang diubah pekerjaan lain.',
    'Ditunggu otomatis.',
    () => 'Tidak ada warga.',
  ),
  older_code_running: text(
    'ada desa yang tertinggal',
    (p) => `Masih ada desa yang menjalankan ${p('release')}; migrasi ditahan.`,
    'Perbarui desa yang tertinggal dulu.',
    () => 'Semua desa tetap menjawab.',
  ),
  token_needed: text(
    'butuh token OpenDesa',
    'Rilis ini terkunci (PHP terenkripsi atau kanal premium) dan butuh token OpenDesa.',
    'Pasang token OpenDesa milik pelanggan, atau pakai rilis umum.',
    nobody,
  ),
  not_a_release: text(
    'bukan rilis aplikasi ini',
    (p) => `Isi arsip bukan rilis yang dikenal${p('message') === '—' ? '' : `: ${p('message')}`}.`,
    'Periksa aplikasi dan berkas yang dipilih, lalu impor lagi.',
    nobody,
  ),
  archive_broken: text(
    'arsip tidak utuh',
    (p) => `Arsip tidak utuh: berhenti di ${p('done')} dari ${p('total')}.`,
    'Salin ulang arsipnya, lalu impor lagi.',
    nobody,
  ),
  unsafe_path: text(
    'arsip memuat letak berbahaya',
    (p) => `Arsip memuat berkas di luar foldernya: ${p('path')}.`,
    'Ambil arsip dari sumber resmi.',
    nobody,
  ),
  php_unavailable: text(
    (p) => `butuh PHP ${p('constraint')}`,
    (p) => `Rilis ini membutuhkan PHP ${p('constraint')}, yang belum disiapkan.`,
    'Siapkan jalur PHP itu, lalu impor dilanjutkan.',
    nobody,
  ),
  provision_conflict: text(
    'sudah ada milik pihak lain',
    (p) => `Yang akan dibuat sudah ada tetapi bukan milik pemasangan ini${p('name') === '—' ? '' : `: ${p('name')}`}.`,
    'Ganti namanya atau singkirkan yang lama, lalu Ulangi.',
  ),
  provision_not_found: text(
    'tidak ditemukan',
    (p) => `Yang diperlukan tidak ditemukan${p('name') === '—' ? '' : `: ${p('name')}`}.`,
    again,
  ),
  provision_unreachable: text(
    'tidak terjangkau',
    'Mesin kontainer, basis data atau proksi tidak menjawab.',
    'Dicoba lagi otomatis. Bila lama, jalankan ./siappakai doctor.',
  ),
  provision_timeout: text('melewati batas waktu', 'Langkah ini tidak selesai dalam batas waktunya.', again),
  provision_refused: text(
    'ditolak',
    'Permintaan ditolak: hak atau kata sandi tidak cocok.',
    'Jalankan ./siappakai doctor, lalu Ulangi.',
  ),
  provision_invalid: text(
    'isian tidak sah',
    (p) => `Isian tidak dapat dipakai${p('reason') === '—' ? '' : `: ${p('reason')}`}.`,
    retry,
  ),
  provision_no_space: text(
    'disk penuh',
    (p) => `Disk kurang${p('need') === '—' ? '' : `: dibutuhkan ${p('need')}, bebas ${p('free')}`}.`,
    'Hapus cuplikan atau rilis lama, lalu Ulangi.',
  ),
  provision_failed: text(
    'perintah gagal',
    (p) => `Perintah dijalankan dan gagal${p('exitCode') === '—' ? '' : ` (${p('exitCode')})`}.`,
    'Buka log langkah ini, perbaiki, lalu Ulangi.',
  ),
  cancelled: text(
    'dibatalkan',
    (p) => `Dibatalkan${p('by') === '—' ? '' : ` oleh ${p('by')}`}.`,
    'Ulangi bila tetap diperlukan.',
  ),
  already_there: text(
    'sudah di versi ini',
    'Desa ini sudah memakai versi yang diminta.',
    'Tidak ada yang perlu dikerjakan.',
    () => 'Tidak ada.',
  ),
  busy: text(
    'sedang diubah',
    'Desa ini sedang ikut perubahan lain.',
    'Tunggu selesai, lalu buat rencana lagi.',
    () => 'Tidak ada.',
  ),
  dependency: text(
    (p) => `menunggu ${p('app')}`,
    (p) => `${p('app')} desa ini tidak berhasil, jadi aplikasi ini tidak diubah.`,
    (p) => `Ulangi ${p('app')} dulu.`,
  ),
  unexpected: text(
    'galat yang belum dikenal',
    (p) => `Galat yang belum dikenal: ${p('message')}.`,
    'Ulangi. Bila sama lagi, buat bundel dukungan.',
  ),
  unknown: text(
    (p) => `sebab belum dikenal (${p('code')})`,
    (p) => `Sebabnya belum punya kalimat: kode ${p('code')}.`,
    again,
  ),
};
