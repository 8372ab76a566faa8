import { z } from 'zod';
import type { LoadedRegion, Region } from '../../domain/region';
import { desaParams, kode } from './fields';
import { listOperation } from './list-operation';
import { operation } from './operation';

const search = z.string().trim().max(120).exactOptional();
const regionDocument = z.object({ kode, nama: z.string(), jenis: z.string() });
const documentOf = ({ kode: code, nama, jenis }: Region): z.input<typeof regionDocument> => ({
  kode: code,
  nama,
  jenis,
});

export const kabupatenList = listOperation({
  name: 'wilayah.kabupaten',
  summary: 'Every kabupaten and kota of the country',
  method: 'get',
  path: '/wilayah/kabupaten',
  action: 'wilayah.read',
  cli: ['wilayah list'],
  screens: ['get /setup/:token'],
  query: z.strictObject({ search }),
  item: regionDocument,
  key: (one) => one.kode,
  order: 'asc',
  columns: [
    { name: 'kode', of: (one) => one.kode },
    { name: 'nama', of: (one) => one.nama },
    { name: 'jenis', of: (one) => one.jenis },
  ],
  rows: async ({ deps, actor }, query) =>
    (await deps.wilayah.searchKabupaten(actor, query.search ?? '')).map(documentOf),
});

export const wilayahList = listOperation({
  name: 'wilayah.list',
  summary: 'Desa and kelurahan of the kabupaten, installed or not',
  method: 'get',
  path: '/wilayah',
  action: 'wilayah.read',
  cli: ['wilayah list'],
  screens: ['get /desa'],
  query: z.strictObject({ search, kecamatan: z.string().trim().min(2).max(13).exactOptional() }),
  item: regionDocument.extend({ kecamatan: z.string(), kecamatanKode: z.string() }),
  key: (one) => one.kode,
  order: 'asc',
  columns: [
    { name: 'kode', of: (one) => one.kode },
    { name: 'nama', of: (one) => one.nama },
    { name: 'jenis', of: (one) => one.jenis },
    { name: 'kecamatan', of: (one) => one.kecamatan },
  ],
  rows: async ({ deps, actor }, query) =>
    (await deps.wilayah.searchDesa(actor, query)).map((one) => ({
      ...documentOf(one),
      kecamatan: one.kecamatan.nama,
      kecamatanKode: one.kecamatan.kode,
    })),
});

const level = regionDocument.extend({
  parent: kode.nullable(),
  level: z.enum(['provinsi', 'kabupaten', 'kecamatan', 'desa']),
  dataset: z.string(),
  active: z.boolean(),
});
const levelOf = (one: LoadedRegion): z.input<typeof level> => ({ ...one });
export const wilayahShow = operation({
  name: 'wilayah.show',
  summary: 'One desa with the regions above it',
  method: 'get',
  path: '/wilayah/{kode}',
  action: 'wilayah.read',
  cli: ['wilayah show'],
  screens: ['get /desa/:kode'],
  params: desaParams,
  answer: z.object({ desa: level, kecamatan: level, kabupaten: level, provinsi: level }),
  async run({ deps, actor }, { kode: wanted }) {
    const { desa, kecamatan, kabupaten, provinsi } = await deps.wilayah.full(actor, wanted);
    return {
      desa: levelOf(desa),
      kecamatan: levelOf(kecamatan),
      kabupaten: levelOf(kabupaten),
      provinsi: levelOf(provinsi),
    };
  },
});
