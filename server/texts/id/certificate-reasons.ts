import { reasonsOf, withValue, type ReasonValues } from '../reason-text';

/** Why a host or all of them did not get a certificate; what they had is served on. */
const kept = reasonsOf('Alamat itu tetap memakai sertifikat yang sudah ada, atau dari CA dasbor ini.');
const all = reasonsOf('Tidak ada warga yang terkena selama sertifikat lama berlaku.');
const said = (p: ReasonValues): string => withValue(p, 'detail', (text) => ` Kata penerbit: ${text}`);
const again = 'Diminta lagi sendiri; setelah diperbaiki, tekan Minta lagi sekarang.';

export const certificateReasons = {
  certificate_dns: kept(
    'nama tidak ditemukan DNS',
    (p) => `Penerbit tidak menemukan ${p('host')} di DNS.${said(p)}`,
    `Buat catatan A atau AAAA yang menunjuk server ini. ${again}`,
  ),
  certificate_connection: kept(
    'penerbit tidak sampai ke server ini',
    (p) => `Penerbit tidak mendapat jawaban dari ${p('host')} di porta 80.${said(p)}`,
    `Periksa apakah DNS menunjuk server ini dan porta 80 terbuka dari internet. ${again}`,
  ),
  certificate_unauthorized: kept(
    'yang menjawab bukan server ini',
    (p) => `Di ${p('host')} yang menjawab penerbit bukan server ini.${said(p)}`,
    `Arahkan DNS ke server ini, atau teruskan /.well-known/acme-challenge/ dari server di depannya. ${again}`,
  ),
  certificate_caa: kept(
    'catatan CAA melarang penerbit ini',
    (p) => `Pemilik domain ${p('host')} tidak mengizinkan penerbit ini (CAA).${said(p)}`,
    `Minta pemilik domain menambah penerbit ini di catatan CAA. ${again}`,
  ),
  certificate_rejected: kept(
    'penerbit tidak melayani nama ini',
    (p) => `Penerbit tidak menandatangani ${p('host')}.${said(p)}`,
    'Ganti alamat desa ini, atau unggah sertifikat sendiri untuknya.',
  ),
  certificate_unknown: kept(
    'penerbit menolak',
    (p) => `Penerbit menolak ${p('host')}.${said(p)}`,
    `Baca kata penerbit, perbaiki sebabnya. ${again}`,
  ),
  certificate_authority_away: all(
    'penerbit tidak menjawab',
    (p) => `Penerbit sertifikat ${p('host')} tidak menjawab.`,
    'Dicoba lagi sendiri. Bila berlanjut, periksa jalan server ini ke internet dan alamat penerbit di Pengaturan.',
  ),
  certificate_rate_limited: all(
    'batas penerbit tercapai',
    (p) => `Penerbit meminta menunggu karena terlalu banyak permintaan.${said(p)}`,
    'Tidak perlu apa-apa: diminta lagi pada waktunya.',
  ),
  certificate_authority_refuses: all(
    (p) => withValue(p, 'problem', (word) => `penerbit menolak: ${word}`) || 'penerbit menolak',
    (p) => `Penerbit menolak permintaan.${said(p)}`,
    'Periksa alamat penerbit, email dan nomor pelanggan di Pengaturan, lalu tekan Minta lagi sekarang.',
  ),
  certificate_no_space: all(
    'disk penuh',
    (p) => `Sertifikat baru sudah ada, tetapi disk penuh${withValue(p, 'path', (path) => `: ${path}`)}.`,
    'Kosongkan disk; dipasang sendiri setelah ada tempat.',
  ),
  certificate_not_written: all(
    'tidak dapat dipasang',
    (p) =>
      `Sertifikat baru sudah ada, tetapi tidak dapat diberikan kepada proxy${withValue(p, 'path', (path) => `: ${path}`)}${withValue(p, 'errno', (errno) => ` (${errno})`)}.`,
    'Dicoba lagi sendiri. Bila berlanjut, jalankan ./siappakai doctor di server.',
  ),
};
