import { kodeWilayah } from '../../domain/kode-wilayah';
import { zoneOf } from '../../domain/timezone';
import { loadSettings } from '../../services/setting-service';
import { createFormat } from '../format';
import type { Words } from '../pages/words';
import type { Visit } from '../web';

/** Words, formats and apps in their order, for the language of the visitor and the zone of the kabupaten. */
export const wordsOf = async (visit: Visit): Promise<Words> => {
  const { kabupaten } = await loadSettings(visit.deps.transact.read);
  const zone = kabupaten === null ? 'WIB' : zoneOf(kodeWilayah(kabupaten.kode));
  return {
    t: visit.t,
    f: createFormat(visit.locale, zone, new Date().toISOString()),
    apps: [...visit.deps.apps.values()].sort((left, right) => left.order - right.order),
  };
};
