import { probeTicks } from '../drawing';
import { EMPTY_FORM, type Beat, type LogLineView } from '../view-models/common';
import type { StyleModel } from '../view-models/style';

const LEVELS = ['info', 'dim', 'warn', 'error'] as const;
const BEATS: readonly Beat[] = Array.from({ length: 72 }, (_, index) => {
  if (index === 20) return { s: 'run' };
  if (index === 40) return { s: 'down' };
  if (index === 41) return { s: 'unk' };
  if (index === 42) return { s: 'act' };
  return index < 4 ? { s: 'none' } : index > 60 ? { s: 'down', share: 0.1 } : { s: 'ok' };
});

export const stylePage = (now: Date): StyleModel => ({
  confirm: {
    title: 'Mundurkan 313 desa ke OpenSID 2610.0.1?',
    will: ['313 desa kembali ke 2610.0.1, paling banyak 8 sekaligus.'],
    wont: ['Cuplikan tidak dipulihkan.'],
    takes: '± 41 mnt',
    word: 'MUNDURKAN 313',
    action: '/_gaya',
    hidden: [],
    button: 'Mundurkan 313 desa',
    icon: 'arrow-back-up',
    kind: 'safe',
    back: '/_gaya',
    form: EMPTY_FORM,
  },
  refused: {
    values: { contoh: 'klirong', pilihan: 'b' },
    errors: [{ field: 'contoh', message: 'Alamat perlu titik, misalnya klirong.desa.id.' }],
  },
  log: LEVELS.map((level, index): LogLineView => ({
    at: new Date(now.getTime() - (4 - index) * 3000).toISOString(),
    level,
    text: `${level}: GET /artikel/2026/11/posyandu-melati 200 118 md`,
  })),
  beats: BEATS,
  ticks: probeTicks('++++++-+++x++++-+++'),
  reason: { code: 'http_status', params: { status: 500 } },
});
