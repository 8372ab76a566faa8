import type { AppAdapter } from '../../provisioners/contracts';
import type { ProbeAnswer, ProbeRequest } from '../../server/steps/public-probe';
import type { World } from '../../server/steps/world';
import { FAKE_APPS } from './fake-apps';
import type { FakeDatabase } from './fake-database';
import type { FakeContainer, FakeEngine, Files } from './fake-engine';

/** What would run in the containers of a fake engine. `break` = how a release misbehaves from now on. */
export interface Pretended<Fault> {
  readonly script: FakeEngine['script'];
  readonly readRelease: World['readRelease'];
  readonly query: World['databaseServer']['query'];
  answer(container: FakeContainer, request: Pick<ProbeRequest, 'path' | 'headers'>): ProbeAnswer;
  break(release: string, fault: Fault): void;
}
export interface Outside {
  readonly engine: FakeEngine;
  readonly database: FakeDatabase;
}
export interface PretendedApps<Fault> {
  readonly apps: ReadonlyMap<string, AppAdapter>;
  /** Columns of a release's row beside app and version. */
  releaseRow(app: string, version: string): Readonly<Record<string, string>>;
  make(outside: Outside): Pretended<Fault>;
}
export const reply = (status: number, body = '', held = false): ProbeAnswer => ({ status, body, ms: 1, held });

/** Files of the config volume of a container. */
export const configOf = ({ engine }: Outside, { mounts }: FakeContainer['spec']): Files => {
  const volume = mounts.find((one) => one.type === 'volume' && one.target === '/konfig');
  return (volume?.type === 'volume' ? engine.volumes.get(volume.source)?.files : undefined) ?? (new Map() as Files);
};

interface Answer {
  readonly key: string;
  readonly kode: string;
  readonly nama: string;
  readonly version: string;
  readonly instance: string;
}
/** By version, or by app:version: answers are replaced, or the container ends at once (null). */
export type FakeFault = Partial<Answer> | null;

const makeFake = (outside: Outside): Pretended<FakeFault> => {
  const broken = new Map<string, FakeFault>();
  const faultOf = (image: string): FakeFault | undefined =>
    broken.has(image) ? broken.get(image) : broken.get(image.split(':')[1] ?? '');
  const answerOf = (container: FakeContainer): Answer | null => {
    const content = configOf(outside, container.spec).get('/jawaban')?.content;
    if (content === undefined || content === null) return null;
    const answer = JSON.parse(content.toString()) as Answer;
    const other = faultOf(container.spec.image);
    return other === null ? null : { ...answer, ...other };
  };
  return {
    break: (version, fault) => void broken.set(version, fault),
    readRelease: async () => null,
    query: async () => [],
    script(argv, spec) {
      if (argv[0] === 'sleep' && faultOf(spec.image) === null) return { exitCode: 255 };
      const [tool, what, schema = '', version = '', kode = ''] = argv;
      if (tool !== 'tugas') return null;
      const found = outside.database.schemas.get(schema);
      if (found === undefined) return { exitCode: 9, stderr: `no schema ${schema}` };
      if (what === 'migrate' || (what === 'provision' && kode !== '' && !schema.startsWith('opensid')))
        found.version = version;
      const tenantId = [...found.tenants].find(([, known]) => known === kode)?.[0] ?? found.tenants.size + 1;
      if (what === 'provision') found.tenants.set(tenantId, kode);
      return { exitCode: 0, stdout: JSON.stringify({ tenantId }) };
    },
    answer(container, { path: url, headers }) {
      const said = answerOf(container);
      if (said === null) return reply(0);
      const { kode, version, nama, instance } = said;
      if (!url.startsWith('/siappakai/')) return reply(200, `<h1>${nama}</h1> ${version}`);
      if (headers?.['x-siappakai-key'] !== said.key) return reply(404);
      return url.endsWith('/sehat')
        ? reply(200, JSON.stringify({ kode, version, ready: true, faults: [] }))
        : reply(200, JSON.stringify({ kode, instance, release: version }));
    },
  };
};

/** Three apps as the real ones are built, with next to nothing in them. */
export const fakePretended: PretendedApps<FakeFault> = {
  apps: FAKE_APPS,
  releaseRow: () => ({}),
  make: makeFake,
};
