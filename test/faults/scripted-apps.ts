import { LABEL } from '../../provisioners/contracts';
import type { ProbeAnswer } from '../../server/steps/public-probe';
import type { FakeContainer, FakeEngine } from '../helpers/fake-engine';
import { reply, type Outside, type Pretended, type PretendedApps } from '../helpers/pretended-apps';
import { samplePretended } from '../helpers/pretended-samples';
import type { Habit } from './habit';
import type { Trouble } from './kind';

/** Trouble of a desa's data by `<ten digits> <app>`; the code its twin would tell beside it. */
export type Troubles = Map<string, { readonly trouble: Trouble; readonly twin: string }>;

const WORDS: Readonly<Record<Trouble, string>> = {
  migrasi_row: 'not_migrated',
  view: 'view_broken',
  app_key: 'unpaired',
  rights: 'database_down',
  tenant_row: 'tenant_missing',
  swapped_keys: '',
};
interface Life {
  pages: number;
  publicSince: number | null;
}
const endOf =
  (engine: FakeEngine, container: FakeContainer) =>
  (how: 'exit' | 'oom'): void => {
    container.oomKilled = how === 'oom';
    void engine.stop(container);
  };

const troubled = (own: ProbeAnswer, path: string, found: { trouble: Trouble; twin: string }): ProbeAnswer => {
  const { trouble, twin } = found;
  if (path !== '/siappakai/sehat') return path.startsWith('/siappakai/') ? own : reply(500, 'Database Error');
  if (own.status === 404) return own;
  const said = JSON.parse(own.body) as Record<string, unknown>;
  if (trouble === 'swapped_keys') return reply(200, JSON.stringify({ ...said, kode: twin }));
  const kode = trouble === 'app_key' || trouble === 'rights' ? '' : said['kode'];
  return reply(503, JSON.stringify({ ...said, kode, ready: false, faults: [WORDS[trouble]] }));
};

const make = (outside: Outside, troubles: Troubles): Pretended<Habit> => {
  const inner = samplePretended.make(outside);
  const habits = new Map<string, Habit>();
  const lives = new Map<string, Life>();
  return {
    ...inner,
    break(release, habit) {
      inner.break(release, habit.sample ?? {});
      habits.set(release, habit);
    },
    answer(container, request) {
      const { path, headers } = request;
      const isPublic = headers?.['x-forwarded-for'] !== undefined;
      const life = lives.get(container.id) ?? { pages: 0, publicSince: null };
      lives.set(container.id, life);
      const isPage = !path.startsWith('/siappakai/');
      if (isPage) life.pages += 1;
      if (isPublic) life.publicSince ??= performance.now();
      const own = inner.answer(container, request);
      const known = `${container.labels[LABEL.kode] ?? ''} ${container.labels[LABEL.app] ?? ''}`;
      const trouble = troubles.get(known);
      if (trouble !== undefined) return troubled(own, path, trouble);
      const answer = habits.get(container.spec.image)?.answer?.({
        path,
        isPublic,
        page: isPage ? life.pages : 0,
        publicFor: life.publicSince === null ? 0 : (performance.now() - life.publicSince) / 1000,
        own,
        end: endOf(outside.engine, container),
      });
      return answer ?? own;
    },
  };
};

/** The sample releases with habits of any kind; `troubles` is read with every answer. */
export const faultyApps = (troubles: Troubles): PretendedApps<Habit> => ({
  ...samplePretended,
  make: (outside) => make(outside, troubles),
});
