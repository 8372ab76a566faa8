import { z } from 'zod';
import { parsePattern, proposeHosts } from '../../domain/domain-pattern';
import { AppError } from '../../domain/errors';
import { kodeWilayah, type Jenis } from '../../domain/kode-wilayah';
import { hostnameSchema, settingSchemas } from '../../domain/settings';
import { kode } from './fields';
import { listOperation } from './list-operation';
import { operation } from './operation';

/** The kabupaten is chosen at set-up, with its regions. */
const changes = z.strictObject(settingSchemas).omit({ kabupaten: true }).partial();
export const settingsDocument = z.object({
  ...settingSchemas,
  kabupaten: z.object({ kode, nama: z.string() }).nullable(),
});

export const settingsShow = operation({
  name: 'settings.show',
  summary: 'All settings with their values',
  method: 'get',
  path: '/settings',
  action: 'settings.read',
  cli: ['settings list'],
  screens: ['get /pengaturan'],
  answer: settingsDocument,
  run: ({ deps, actor }) => deps.settings.read(actor),
});

export const settingsChange = operation({
  name: 'settings.change',
  summary: 'Change settings; all of the given ones or none',
  method: 'patch',
  path: '/settings',
  action: 'settings.write',
  cli: ['settings set'],
  screens: ['post /pengaturan'],
  body: changes,
  answer: settingsDocument,
  run: ({ deps, actor }, input) => deps.settings.change(actor, input),
});

const field = 'pattern';
export const settingsHosts = listOperation({
  name: 'settings.hosts',
  summary: 'Hosts that a domain pattern gives every desa, with those that would share one; saves nothing',
  method: 'get',
  path: '/settings/hosts',
  action: 'settings.read',
  cli: ['settings hosts'],
  screens: ['get /pengaturan', 'post /pengaturan'],
  query: z.strictObject({
    pattern: z.string().trim().min(1).max(190),
    suffix: hostnameSchema.exactOptional(),
  }),
  item: z.object({
    kode,
    nama: z.string(),
    kecamatan: z.string(),
    host: z.string(),
    added: z.enum(['nothing', 'kecamatan', 'jenis', 'kode']),
    clash: z.array(kode).readonly(),
  }),
  key: (one) => one.kode,
  order: 'asc',
  columns: [
    { name: 'kode', of: (one) => one.kode },
    { name: 'nama', of: (one) => one.nama },
    { name: 'kecamatan', of: (one) => one.kecamatan },
    { name: 'host', of: (one) => one.host },
    { name: 'clash', of: (one) => one.clash.join(' ') },
  ],
  async rows({ deps, actor }, { pattern, suffix }) {
    const { suffix: kept } = await deps.settings.read(actor);
    const parsed = parsePattern(pattern, suffix ?? kept);
    if ('fault' in parsed) throw new AppError('invalid_input', { problem: `pattern_${parsed.fault}` }, { field });
    const regions = await deps.transact.read.wilayah.all();
    const names = new Map(regions.map((one) => [String(one.kode), one.nama] as const));
    const nameOf = (parent: string | null): string => names.get(parent ?? '') ?? '';
    const desa = regions
      .filter((one) => one.level === 'desa' && one.active)
      .map(({ kode: code, nama, jenis, parent }) => ({
        ...{ kode: kodeWilayah(code), nama, jenis: jenis as Jenis },
        kecamatan: nameOf(parent),
      }));
    const kecamatan = new Map(desa.map((one) => [String(one.kode), one.kecamatan] as const));
    return proposeHosts(parsed.pattern, desa).map((one) => ({ ...one, kecamatan: kecamatan.get(one.kode) ?? '' }));
  },
});
