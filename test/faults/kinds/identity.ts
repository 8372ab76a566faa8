import { reply } from '../../helpers/pretended-apps';
import type { Kind } from '../kind';
import { update } from '../outcome';
import { ALL, BOTH, green, red, releaseKind, SCRIPTED } from './make';

const OTHER = 'Klirong Lama';
const digits = (kode: string): string => kode.replaceAll('.', '');
const told = (body: string, change: object): string => JSON.stringify({ ...(JSON.parse(body) as object), ...change });

/** Somebody else answers: another desa, its twin, another version. */
export const IDENTITY: readonly Kind[] = [
  releaseKind({
    name: 'wrong-desa',
    says: 'the release shows the name of another desa',
    apps: BOTH('opensid', 'api'),
    expected: red('wrong_name'),
    habit: () => ({ sample: { nama: OTHER }, ulah: { nama_desa: OTHER } }),
  }),
  releaseKind({
    name: 'twin',
    says: 'the desa with the same name and another code answers',
    apps: { scripted: ALL, real: ['api'] },
    expected: red('wrong_identity'),
    habit: ({ kode, twin }) => ({
      sample: { twin: { kode: twin, nama: `Desa ${kode}` } },
      edits: [['public/index.php', "'kode_desa' => $desa['kode_desa']", `'kode_desa' => '${digits(twin)}'`]],
    }),
  }),
  releaseKind({
    name: 'old-version',
    says: 'the pages show the version before',
    apps: BOTH(...ALL),
    expected: red('wrong_name'),
    habit: () => ({ sample: { version: '2409.0.0' }, ulah: { versi_tampil: '2408.0.0' } }),
  }),
  releaseKind({
    name: 'old-identity',
    says: 'the app says of itself that it is the version before',
    apps: SCRIPTED(...ALL),
    expected: red('wrong_version'),
    habit: () => ({
      answer: ({ path, own }) =>
        path === '/siappakai/sehat' && own.status === 200 ? reply(200, told(own.body, { version: '2409.0.0' })) : null,
    }),
  }),
  releaseKind({
    name: 'not-ready',
    says: 'the app says it is not ready once citizens are sent to it',
    apps: SCRIPTED(...ALL),
    expected: red('not_ready'),
    habit: () => ({
      answer: ({ path, isPublic, own }) =>
        path === '/siappakai/sehat' && isPublic
          ? reply(503, told(own.body, { ready: false, faults: ['not_writable'] }))
          : null,
    }),
  }),
  releaseKind({
    name: 'unreadable-identity',
    says: 'the app answers with a page where it should say who it is',
    apps: SCRIPTED(...ALL),
    expected: red('identity_unreadable'),
    habit: () => ({
      answer: ({ path, isPublic }) =>
        path === '/siappakai/sehat' && isPublic ? reply(200, '<h1>Selamat datang</h1>') : null,
    }),
  }),
  {
    ...releaseKind({
      name: 'wrong-digest',
      says: 'the tag of the release leads to the image of another one',
      apps: { real: ['pbb', 'api'] },
      // The image is found by its content, not by its name: the tag is put right.
      expected: green,
      habit: () => ({}),
    }),
    async run(ground, spot) {
      const version = await ground.lay(spot.app, {});
      const mend = await ground.stranger.moveTag(spot.app, version);
      return update(ground, spot, version).finally(mend);
    },
  },
];
