import { reasonsOf, withValue } from '../reason-text';

/** Why a release was refused. */
const none = reasonsOf('Tidak ada desa yang terkena, tidak ada yang disimpan.');
const official = 'Ambil arsip dari sumber resmi, lalu impor lagi.';
const copyAgain = 'Salin ulang arsipnya, lalu impor lagi.';

export const releaseReasons = {
  not_a_release: none(
    'bukan rilis aplikasi ini',
    (p) => `Isinya bukan rilis aplikasi yang dipilih${withValue(p, 'path', (path) => `: ${path} tidak ada`)}.`,
    'Periksa aplikasi dan berkas yang dipilih, lalu impor lagi.',
  ),
  not_an_archive: none(
    'bukan arsip',
    (p) => `${p('path')} bukan arsip .zip atau .tar.gz.`,
    'Pilih berkas arsip yang benar.',
  ),
  not_a_folder: none('bukan folder', (p) => `${p('path')} bukan folder.`, 'Periksa letaknya.'),
  no_source: none(
    'letak tidak ditemukan',
    (p) => `Tidak ada folder, arsip atau repositori di ${p('location')}.`,
    'Periksa letaknya, lalu impor lagi.',
  ),
  truncated: none('arsip terpotong', 'Arsip berhenti sebelum selesai.', copyAgain),
  corrupt: none('arsip rusak', (p) => `Arsip tidak utuh${withValue(p, 'path', (path) => `: ${path}`)}.`, copyAgain),
  encrypted_archive: none('arsip terkunci', 'Arsip memakai kata sandi.', 'Buka kuncinya dulu, lalu impor lagi.'),
  too_large: none(
    'terlalu besar',
    (p) => `Isi arsip melebihi batas${withValue(p, 'limit', (limit) => ` ${limit} byte`)}.`,
    official,
  ),
  too_many_files: none('terlalu banyak berkas', (p) => `Arsip memuat lebih dari ${p('limit')} berkas.`, official),
  zip_bomb: none('arsip mencurigakan', 'Isi arsip mengembang tidak wajar.', official),
  traversal: none('letak berbahaya', (p) => `Arsip memuat berkas di luar foldernya: ${p('path')}.`, official),
  absolute_path: none('letak berbahaya', (p) => `Arsip memuat letak mutlak: ${p('path')}.`, official),
  link_outside: none(
    'tautan ke luar',
    (p) => `Arsip memuat tautan ke luar foldernya${withValue(p, 'path', (path) => `: ${path}`)}.`,
    official,
  ),
  device: none('berkas perangkat', (p) => `Arsip memuat berkas perangkat: ${p('path')}.`, official),
  duplicate_path: none('berkas ganda', (p) => `Arsip memuat ${p('path')} lebih dari satu kali.`, official),
  bad_name: none('nama berkas rusak', 'Arsip memuat nama berkas yang tidak terbaca.', official),
  protocol_refused: none('alamat ditolak', (p) => `Alamat ${p('scheme')} tidak didukung.`, 'Pakai alamat https.'),
  credential_in_url: none(
    'token di alamat',
    'Alamat repositori memuat kata sandi atau token.',
    'Pindahkan ke isian Token akses; alamat tercatat di riwayat.',
  ),
  credential_refused: none(
    'token ditolak',
    'Repositori menolak token akses.',
    'Periksa token dan haknya, lalu impor lagi.',
  ),
  tag_required: none('tag belum diisi', 'Repositori memerlukan satu tag.', 'Isi tag, misalnya v2410.0.0.'),
  tag_invalid: none('tag tidak sah', (p) => `“${p('tag')}” bukan nama tag.`, 'Isi tag, misalnya v2410.0.0.'),
  tag_not_found: none('tag tidak ada', (p) => `Tag ${p('tag')} tidak ada di repositori itu.`, 'Periksa nama tag.'),
  repository_unreachable: none(
    'repositori tidak terjangkau',
    'Repositori tidak menjawab.',
    'Periksa jaringan server, atau impor dari berkas.',
  ),
  git_failed: none('git gagal', 'Pengambilan dari repositori gagal.', 'Ulangi, atau impor dari berkas.'),
  git_missing: none('git belum dipasang', 'Server belum memiliki git.', 'Pasang git, atau impor dari berkas.'),
  version_mismatch: none(
    'versi berbeda dari tag',
    (p) => `Tag ${p('tag')} berisi versi ${p('version')}.`,
    'Pilih tag yang benar.',
  ),
  version_invalid: none('versi tidak terbaca', (p) => `Versi “${p('version')}” tidak dapat dibaca.`, official),
  channel_mismatch: none(
    'kanal berbeda',
    (p) => `Dipilih kanal ${p('channel')}, isinya ${p('found')}.`,
    'Pilih kanal yang benar, lalu impor lagi.',
  ),
  premium_needs_token: none(
    'butuh token OpenDesa',
    'Rilis kanal premium butuh token OpenDesa milik pelanggan.',
    'Pakai rilis umum, atau pasang token OpenDesa.',
  ),
  encoded_php: none(
    'butuh token OpenDesa',
    (p) => `${p('files')} berkas PHP terkunci, antara lain ${p('path')}; rilis ini butuh token OpenDesa.`,
    'Pakai rilis umum, atau pasang token OpenDesa.',
  ),
  php_unsupported: none(
    (p) => `butuh PHP ${p('constraint')}`,
    (p) => `Rilis ini membutuhkan PHP ${p('constraint')}; yang disiapkan ${p('offered')}.`,
    'Pakai rilis lain, atau perbarui dasbor.',
  ),
  composer_unreadable: none('composer.json tidak terbaca', (p) => `${p('path')} tidak dapat dibaca.`, official),
  no_vendor_no_lock: none('pustaka tidak lengkap', 'Rilis tidak membawa vendor maupun composer.lock.', official),
  lint_failed: none('pemeriksaan PHP gagal', 'Pemeriksaan tulisan PHP tidak dapat dijalankan.', 'Ulangi impor.'),
  release_differs: none(
    'isi berbeda',
    (p) => `Versi ${p('version')} sudah tersimpan dengan isi lain; rilis tidak pernah berubah.`,
    'Pakai rilis yang sudah ada, atau hapus yang lama bila tidak dipakai.',
  ),
};
