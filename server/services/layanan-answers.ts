import type { FullRegion } from './wilayah-service';
import type { VerifiedToken } from './token-service';
import { kodeDigits } from '../domain/kode-wilayah';
import { LAYANAN_TEXTS } from '../texts/layanan';

const PREFIX = /^(kabupaten|kab\.?|kota)( administrasi| adm\.?)?\s+/i;
/** OpenSID writes the words Kabupaten and Provinsi itself. */
const bare = (nama: string): string => nama.replace(PREFIX, '').replace(/^provinsi\s+/i, '');

const places = (region: FullRegion) => ({
  kode_desa: region.desa.kode,
  nama_desa: region.desa.nama,
  kode_kec: region.kecamatan.kode,
  nama_kec: region.kecamatan.nama,
  kode_kab: region.kabupaten.kode,
  nama_kab: bare(region.kabupaten.nama),
  kode_prov: region.provinsi.kode,
  nama_prov: bare(region.provinsi.nama),
});
const JENIS_WORDS: Readonly<Record<string, string>> = { kelurahan: 'Kelurahan', desa_adat: 'Desa Adat' };
const contact = (region: FullRegion): string =>
  `Pemerintah ${JENIS_WORDS[region.desa.jenis] ?? 'Desa'} ${region.desa.nama}`;

/**
 * Body of `pemesanan`. OpenSID's page posts it back form-encoded, which drops empty lists and then reads them: every list
 * has a member. Category 1 and this name create no right anywhere: 4, 9, and names with Hosting or Domain do.
 */
export const pemesananAnswer = (verified: VerifiedToken, token: string, region: FullRegion) => {
  const { mulai, akhir } = verified.claims.tanggal_berlangganan;
  return {
    id: Number(kodeDigits(verified.kode)),
    desa_id: verified.kode,
    domain: verified.claims.domain,
    token,
    status_langganan: 'terdaftar',
    tanggal_berlangganan: { mulai, akhir },
    desa: places(region),
    kontak: [{ nama: contact(region) }],
    pemesanan: [
      {
        id: 1,
        faktur: `REG-${kodeDigits(verified.kode)}`,
        tgl_mulai: mulai,
        tgl_akhir: akhir,
        status_pemesanan: 'aktif',
        status_pembayaran: 1,
        layanan: [
          {
            id: 1,
            nama: LAYANAN_TEXTS.service_name,
            kategori_id: 1,
            nama_kategori: LAYANAN_TEXTS.service_category,
            harga: 0,
            ketentuan: LAYANAN_TEXTS.service_terms,
            number: 1,
            tanggal_akhir: akhir,
          },
        ],
      },
    ],
  };
};

/** Body of `terdaftar`. */
export const terdaftarAnswer = (verified: VerifiedToken, region: FullRegion) => ({
  message: LAYANAN_TEXTS.registered,
  data: {
    id: Number(kodeDigits(verified.kode)),
    status_langganan: 'terdaftar',
    status_registrasi: 'terdaftar',
    desa: places(region),
    domain: verified.claims.domain,
    nama_kontak: contact(region),
    no_hp_kontak: '',
  },
});

/** Body of `form-register`: what the app's own form is filled with. */
export const formAnswer = (verified: VerifiedToken, region: FullRegion) => ({
  data: {
    user_id: Number(kodeDigits(verified.kode)),
    status_langganan: 'terdaftar',
    status_langganan_id: 6,
    email: '',
    desa_id: verified.kode,
    domain: verified.claims.domain,
    nama_kontak: contact(region),
    no_hp_kontak: '',
  },
});

/** Body of Pantau's `kodedesa`. OpenSID takes the digits of the codes itself. */
export const pantauAnswer = (region: FullRegion) => {
  const kota = region.kabupaten.jenis === 'kota';
  const nama = bare(region.kabupaten.nama).toUpperCase();
  return {
    ...places(region),
    nama_kab: kota ? `KOTA ${nama}` : `KAB. ${nama}`,
    bps_kemendagri_desa: null,
  };
};

/** An empty page of Laravel's paginator: OpenSID unzips what it finds here as PHP, so nothing is offered. */
export const noModules = () => ({
  current_page: 1,
  data: [],
  from: null,
  last_page: 1,
  per_page: 15,
  to: null,
  total: 0,
});
