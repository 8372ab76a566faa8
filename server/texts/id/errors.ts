import type { ErrorCode } from '../../domain/error-codes';

/** What is wrong and what to do about it; `{name}` is filled from the error's facts. */
export interface ErrorText {
  readonly what: string;
  readonly next: string;
}
const t = (what: string, next: string): ErrorText => ({ what, next });
const LOOK = 'Lihat catatan: {log}';

export const errors: Readonly<Record<ErrorCode, ErrorText>> = {
  invalid_input: t('Isian ini belum benar.', 'Perbaiki lalu kirim lagi.'),
  bad_environment: t('Variabel {variable} tidak dapat dipakai.', 'Perbaiki isinya lalu jalankan lagi.'),
  unknown_command: t('Perintah ini tidak dikenal.', 'Lihat: siappakai --help'),
  confirmation_mismatch: t('Ketikan konfirmasi tidak sama.', 'Ketik persis: {expected}'),
  not_signed_in: t('Anda belum masuk.', 'Masuklah dahulu.'),
  not_allowed: t('Peran Anda tidak boleh melakukan ini.', 'Mintalah kepada admin.'),
  not_found: t('Yang dicari tidak ada.', 'Periksa alamat atau namanya.'),
  too_many_requests: t('Terlalu banyak percobaan.', 'Tunggu {seconds} detik, lalu coba lagi.'),
  conflict: t('Keadaannya sekarang tidak mengizinkan ini.', 'Muat ulang, lalu lihat keadaan terakhir.'),
  stale: t('Keadaan sudah berubah sejak halaman ini ditampilkan.', 'Muat ulang, periksa lagi, lalu lanjutkan.'),
  name_differs: t('Folder {home} berisi instalasi bernama {stored}.', 'Pakai nama itu, atau folder lain.'),
  name_taken: t('Nama {name} sudah dipakai.', 'Pilih nama lain.'),
  home_in_use: t('Folder ini sedang dipakai instalasi lain.', 'Pilih folder lain.'),
  not_installed: t('Belum ada yang terpasang di sini.', 'Jalankan: siappakai up'),
  sign_in_failed: t(
    'Surel atau kata sandi salah, atau akun sedang terkunci.',
    'Setelah lima kali salah, akun terkunci 15 menit. Admin server dapat membuat tautan masuk.',
  ),
  link_invalid: t(
    'Tautan ini sudah dipakai, kedaluwarsa, atau dibuka di peramban lain.',
    'Buat tautan baru dari terminal: siappakai user login-link',
  ),
  password_too_short: t('Kata sandi terlalu pendek.', 'Pakai sedikitnya {least} karakter.'),
  password_too_common: t('Kata sandi ini mudah ditebak.', 'Pakai rangkaian beberapa kata yang hanya Anda tahu.'),
  email_taken: t('Surel {email} sudah dipakai akun lain.', 'Pakai surel lain.'),
  last_admin: t('Ini admin terakhir.', 'Jadikan orang lain admin dahulu.'),
  already_set_up: t('Penyiapan awal sudah selesai.', 'Masuklah dengan akun Anda.'),
  not_set_up: t('Penyiapan awal belum selesai.', 'Selesaikan penyiapan: akun, kabupaten, pola domain.'),
  kabupaten_in_use: t(
    'Kabupaten tidak dapat diganti: desa {kode} sudah dipilih.',
    'Pakai instalasi lain untuk kabupaten lain.',
  ),
  dataset_invalid: t('Berkas ini bukan daftar wilayah yang sah.', 'Pakai berkas data wilayah Kemendagri.'),
  desa_unknown: t(
    'Kode {kode} bukan desa di kabupaten ini.',
    'Periksa kodenya; kode BPS berbeda dari kode Kemendagri.',
  ),
  token_absent: t('Desa {kode} belum punya token.', 'Token dibuat saat desa dipasang.'),
  token_missing: t('Token belum diisi.', 'Isi token desa ini.'),
  token_invalid: t('Token ini bukan terbitan kabupaten, atau rusak.', 'Salin ulang token dari dasbor.'),
  token_expired: t('Masa berlaku token habis pada {endsOn}.', 'Buat token baru; situs desa tetap berjalan.'),
  token_revoked: t('Token sudah dicabut atau diganti.', 'Pakai token yang baru.'),
  token_not_entitled: t('Token ini tidak membuka layanan itu.', 'Diperlukan token OpenDesa.'),
  ssh_unreachable: t(
    'Server {host} tidak dapat dihubungi.',
    'Periksa alamat, porta, firewall, dan bahwa sshd berjalan.',
  ),
  ssh_refused: t('Server {host} menolak masuk sebagai {user}.', 'Periksa pengguna, kunci, atau kata sandinya.'),
  ssh_failed: t('Hubungan SSH ke {host} gagal.', 'Coba lagi; bila sama, periksa catatan sshd di server itu.'),
  host_key_unconfirmed: t(
    'Sidik kunci server {host} adalah {fingerprint}; belum ada yang memastikannya.',
    'Bandingkan di server itu (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), lalu ulangi dengan --host-key {fingerprint}',
  ),
  host_key_changed: t(
    'Kunci server {host} berbeda: diharapkan {expected}, ditemukan {actual}. Tidak ada rahasia yang dikirim.',
    'Bila servernya dipasang ulang, hapus lalu daftarkan lagi. Bila tidak, ada yang menyamar: jangan lanjutkan.',
  ),
  not_root: t('Perintah ini perlu root.', 'Jalankan dengan sudo.'),
  engine_missing: t('Docker belum terpasang.', 'Jalankan: apt-get install docker.io'),
  engine_not_starting: t('Docker tidak mau menyala.', LOOK),
  engine_not_answering: t('Docker tidak menjawab di {address}.', 'Periksa: systemctl status docker'),
  part_not_starting: t('Bagian {part} tidak mau menyala.', LOOK),
  database_down: t('Basis data tidak menjawab.', 'Jalankan: siappakai up, lalu siappakai doctor'),
  redis_down: t('Redis tidak menjawab.', 'Jalankan: siappakai up'),
  port_taken: t('Porta {port} sudah dipakai program lain.', 'Hentikan program itu atau pilih porta lain.'),
  no_space: t('Ruang diska habis.', 'Kosongkan ruang, lalu ulangi.'),
  service_user_missing: t('Pengguna sistem {user} tidak dapat dibuat.', 'Buat sendiri dengan adduser, lalu ulangi.'),
  home_unusable: t('Berkas {file} tidak dapat dibaca atau ditulis ({errno}).', 'Periksa pemilik dan haknya.'),
  rollout_blocked: t('Pembaruan ini belum boleh dimulai.', 'Selesaikan sebabnya, lalu ulangi.'),
  nothing_to_do: t('Tidak ada yang perlu diubah.', 'Tidak perlu apa-apa.'),
  release_in_use: t('Rilis {version} masih dipakai {desa} desa.', 'Perbarui desa itu dahulu.'),
  release_invalid: t('Rilis ini tidak dapat dipakai.', 'Periksa sumbernya, lalu impor lagi.'),
  secret_unreadable: t('Rahasia {context} tidak dapat dibuka.', 'Kembalikan berkas kunci dari cadangan.'),
  key_missing: t(
    'Berkas kunci {file} tidak ada atau rusak.',
    'Kembalikan dari cadangan; tanpa kunci itu rahasia tidak terbaca.',
  ),
  internal: t('Terjadi galat di dasbor.', 'Coba lagi; bila sama, kirim nomor permintaan kepada pengelola.'),
};

/** More exact than the code, by `problem` or `reason` of the error's facts. */
export const problems: Readonly<Record<string, ErrorText>> = {
  action: t('Tindakan ini tidak dikenal.', 'Muat ulang halaman, lalu pilih lagi.'),
  app_unknown: t('Aplikasi {app} tidak dikenal.', 'Lihat daftar aplikasi di halaman Rilis.'),
  empty: t('Isian ini kosong.', 'Isi dahulu.'),
  foreign_form: t('Formulir ini kedaluwarsa atau bukan dari dasbor ini.', 'Muat ulang halaman, lalu kirim lagi.'),
  host_taken: t('Alamat {host} sudah dipakai desa {kode}.', 'Pilih alamat lain.'),
  hostname: t('Ini bukan nama host yang sah.', 'Contoh: klirong.kec-klirong.kebumenkab.go.id'),
  hosts_clash: t('{count} desa akan mendapat alamat yang sama, misalnya {host}.', 'Pakai {kec} di dalam pola.'),
  kode_form: t('“{kode}” bukan kode wilayah.', 'Contoh: 33.05.05.2011 atau 3305052011'),
  kode_wilayah_format: t('Ini bukan kode wilayah.', 'Contoh: 33.05.05.2011 atau 3305052011'),
  no_desa: t('Belum ada desa yang dipilih.', 'Pilih sedikitnya satu desa.'),
  no_password: t('Desa {kode} belum punya kata sandi pertama.', 'Kata sandi dibuat saat desa dipasang.'),
  password_shown: t('Kata sandi pertama sudah ditampilkan pada {at}.', 'Setel ulang lewat OpenSID desa itu.'),
  not_stored: t('Berkas rilis tidak ada di penyimpanan.', 'Impor rilis itu lagi.'),
  nothing_changed: t('Semua desa yang dipilih sudah begitu.', 'Tidak perlu apa-apa.'),
  nothing_failed: t('Tidak ada desa yang gagal.', 'Tidak perlu apa-apa.'),
  part_unknown: t('Bagian {part} tidak dikenal.', 'Pilih: web, worker, mariadb, redis, proxy'),
  release_differs: t(
    'Rilis {version} sudah ada dengan isi lain.',
    'Rilis tidak dapat diganti; pakai nomor versi lain.',
  ),
  release_form: t('“{text}” bukan bentuk rilis.', 'Contoh: opensid@2410.0.0'),
  sql_missing: t('Perintah SQL belum diisi.', 'Contoh: database shell -e "SELECT 1"'),
  pattern_empty: t('Pola domain kosong.', 'Contoh: {desa}.kec-{kec}.kebumenkab.go.id'),
  pattern_unknown_placeholder: t(
    'Pola berisi penanda yang tidak dikenal.',
    'Yang ada: {desa}, {kec}, {jenis}, {suffix}',
  ),
  pattern_desa_missing: t('Pola harus berisi {desa}.', 'Contoh: {desa}.kec-{kec}.kebumenkab.go.id'),
  pattern_suffix_missing: t(
    'Pola memakai {suffix} yang belum diisi.',
    'Isi akhiran domain, atau tulis langsung di pola.',
  ),
  pattern_not_a_host: t(
    'Pola ini tidak menghasilkan nama host yang sah.',
    'Huruf kecil, angka, tanda hubung, dan titik saja.',
  ),
  pattern_too_long: t('Pola ini menghasilkan nama yang terlalu panjang.', 'Ringkas polanya.'),
  unknown_setting: t('Pengaturan {key} tidak dikenal.', 'Periksa namanya.'),
  kabupaten_absent: t('Daftar itu tidak memuat kabupaten ini.', 'Pakai daftar seluruh Indonesia.'),
  server_in_use: t('Server {name} masih dipakai desa.', 'Pindahkan desanya dahulu.'),
  local_server: t('Server {name} adalah mesin ini sendiri.', 'Tidak perlu SSH.'),
  private_key: t('Kunci SSH itu tidak dapat dibaca.', 'Pakai berkas kunci pribadi tanpa kata sandi, bukan .pub.'),
  name_unknown: t('Nama {host} tidak dikenal DNS.', 'Periksa ejaannya, atau pakai alamat IP.'),
  port_closed: t('Porta {port} di {host} tertutup.', 'Periksa bahwa sshd berjalan dan portanya benar.'),
  no_route: t('Tidak ada jalan ke {host}.', 'Periksa jaringan dan firewall.'),
  no_answer: t('{host} tidak menjawab.', 'Periksa alamat dan firewall.'),
  not_ssh: t('Yang menjawab di {host} porta {port} bukan SSH.', 'Periksa nomor portanya.'),
};
  remote_server: t('Server {name} diperiksa lewat SSH.', 'Isi kunci atau kata sandinya di halaman server itu.'),
