/**
 * Sentences of the Layanan-compatible endpoints. OpenSID and its sisters show them as they are and speak Indonesian only,
 * whatever language the dashboard has.
 */
export const LAYANAN_TEXTS = {
  token_missing: 'Token belum diisi. Mintalah token desa ini kepada Diskominfo kabupaten.',
  token_invalid:
    'Token ini bukan terbitan kabupaten, atau rusak saat disalin. Mintalah token desa ini kepada Diskominfo.',
  token_expired: 'Masa berlaku token sudah habis. Situs desa tetap berjalan; mintalah token baru kepada Diskominfo.',
  token_revoked: 'Token sudah dicabut atau diganti. Mintalah token yang baru kepada Diskominfo.',
  token_not_entitled: 'Token registrasi kabupaten tidak membuka layanan ini. Diperlukan token OpenDesa.',
  desa_unknown: 'Desa tidak dikenal di kabupaten ini.',
  desa_differs: 'Token ini milik desa lain.',
  too_many_requests: 'Terlalu banyak permintaan. Coba lagi sebentar lagi.',
  invalid_input: 'Isian tidak lengkap atau tidak dikenal.',
  internal: 'Layanan sedang bermasalah. Coba lagi sebentar lagi.',
  registered: 'Desa sudah terdaftar.',
  recorded: 'Tercatat.',
  no_invoice: 'Registrasi kabupaten tidak berbiaya, jadi tidak ada faktur.',
  register_elsewhere: 'Pendaftaran desa dilakukan melalui Diskominfo kabupaten.',
  service_name: 'Registrasi Desa Kabupaten',
  service_category: 'Registrasi',
  service_terms: 'Tanda bahwa desa terdaftar di kabupaten. Tidak memuat layanan OpenDesa.',
} as const;
export type LayananText = keyof typeof LAYANAN_TEXTS;
