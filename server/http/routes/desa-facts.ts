import { may } from '../../auth/permission';
import type { Deployment } from '../../domain/deployment';
import type { DesaDocument } from '../../services/read-models/desa-model';
import { desaMeasures } from '../../services/read-models/measures';
import type { DesaFacts } from '../pages/desa-page';
import { tokenFacts } from '../pages/token-facts';
import type { LogLineView } from '../view-models/common';
import { speak } from '../visit-words';
import type { Visit } from '../web';

const CHANGES = 30;
const LOG_LINES = 300;

/** Who the desa is and where it answers; AppError('desa_unknown') when the code is not of this kabupaten. */
export const desaFacts = async (visit: Visit): Promise<Pick<DesaFacts, 'document' | 'desa' | 'host' | 'url'>> => {
  const { deps, actor } = visit;
  const { read } = deps.transact;
  const kode = visit.param('kode');
  const document: DesaDocument = await deps.desaModel.show(actor, kode);
  const [desa, { publicUrl }] = await Promise.all([read.desa.find(kode), speak(visit)]);
  const host = desa?.host ?? (await deps.hosts.hostsFor(read, [kode])).get(kode) ?? '';
  return { document, desa, host, url: publicUrl(host, '/') };
};

/** Lines of the newest change of an app; what its container writes comes over the socket. */
const changeLog = async (visit: Visit, change: Deployment | undefined): Promise<readonly LogLineView[]> => {
  if (change === undefined || !may(visit.actor, 'desa.logs', visit.param('kode'))) return [];
  const lines = await visit.deps.transact.read.steps.logLines(change.id, LOG_LINES);
  return lines.map((one) => ({ at: one.at.toISOString(), level: 'dim' as const, text: one.line }));
};

/** Everything the page of one desa is drawn from. `app`: whose log; '' = the first one's. */
export const readDesaFacts = async (visit: Visit, app: string): Promise<DesaFacts> => {
  const { read } = visit.deps.transact;
  const seq = await read.events.lastSeq('fleet');
  const place = await desaFacts(visit);
  const { kode } = place.document;
  const [measures, instances, releases, token] = await Promise.all([
    desaMeasures(visit.actor, read, { kode, host: place.host }, new Date()),
    read.instances.ofDesa(kode),
    read.releases.list(),
    read.tokens.current(kode),
  ]);
  const changes = new Map(
    await Promise.all(
      instances.map(async (one) => [one.app, await read.deployments.historyOf(one.id, CHANGES)] as const),
    ),
  );
  const shown = changes.has(app) ? app : (place.document.instances[0]?.app ?? '');
  const running = instances.some((one) => one.app === shown && one.container !== null);
  const lines = running && may(visit.actor, 'desa.logs', kode) ? await visit.deps.containerLog(kode, shown) : [];
  const log = lines.length > 0 ? lines : await changeLog(visit, changes.get(shown)?.[0]);
  return { ...place, releases, changes, token: tokenFacts(token, new Date()), measures, log, seq };
};
