import { may } from '../../auth/permission';
import { fleetMeasures } from '../../services/read-models/measures';
import { machineFacts } from '../../services/read-models/machine-facts';
import { overviewPage } from '../pages/overview-page';
import { tokensByDesa } from '../pages/token-facts';
import { speak } from '../visit-words';
import { route, type Route, type Visit } from '../web';

const DUMPS = 200;

const showOverview = async (visit: Visit): Promise<void> => {
  const { deps, actor } = visit;
  const { read } = deps.transact;
  const now = new Date();
  const [{ desa, seq }, releases, tokens, databases, servers, { settings, words }] = await Promise.all([
    deps.desaModel.everyDesa(actor),
    read.releases.list(),
    deps.desaModel.tokenDeadlines(actor),
    read.databases.list(),
    read.servers.list(),
    speak(visit),
  ]);
  const rollout = may(actor, 'rollout.read') ? await deps.boardModel.newest(actor) : null;
  const dumps = await Promise.all(databases.map((one) => read.dumps.ofSchema(one.schemaName, DUMPS)));
  const facts = {
    desa,
    releases,
    tokens: tokensByDesa(tokens, now),
    dumps: dumps.flat(),
    server: servers[0] ?? null,
    machine: await machineFacts(deps.uploads),
    fleet: await fleetMeasures(actor, read, now),
    rollout,
    region: settings.kabupaten === null ? ('open' as const) : ('chosen' as const),
    seq,
    now,
  };
  await visit.render('overview/index', overviewPage(facts, words));
};

export const overviewRoutes: readonly Route[] = [route('get', '/', 'desa.read', showOverview)];
