import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { networkInterfaces } from 'node:os';
import type { AddressInfo } from 'node:net';
import { LABEL, type Attachment, type NetworkFacts, type WorkloadSpec } from '../../provisioners/contracts';
import { ensureRuntimeImage, ensureServiceImage } from '../../provisioners/lib/images';
import { bridgePrefix, WALL_COMMAND, wallWorkload } from '../../provisioners/lib/walls';
import { addressIn } from '../../server/domain/names';
import { freePort } from '../helpers/private-server';
import { get, ImageBench, until } from '../helpers/image-bench';

jest.setTimeout(300_000);

const REFUSED_MS = 100;
const INTERNET = { 'internet, secure': '1.1.1.1:443', 'internet, test net': '203.0.113.7:80' } as const;
const CALL = `$out = [];
foreach (json_decode($argv[1], true) as $what => $where) {
  [$host, $port] = explode(':', $where);
  // Every one of three calls must be refused; the quickest tells the wall's time, the others a busy machine's.
  for ($tries = 0, $ms = INF, $state = 'refused'; $tries < 3 && $state === 'refused'; $tries++) {
    $start = hrtime(true);
    $open = @fsockopen($host, (int) $port, $code, $text, 5);
    $ms = min($ms, (hrtime(true) - $start) / 1e6);
    $state = $open ? 'open' : ($code === 111 ? 'refused' : "error $code");
  }
  $out[$what] = ['state' => $state, 'ms' => $ms];
}
echo json_encode($out);`;
const NAME = `$out = [];
foreach (json_decode($argv[1], true) as $name) {
  for ($tries = 0, $ms = INF, $found = false; $tries < 3 && !$found; $tries++) {
    $start = hrtime(true);
    $found = gethostbyname($name) !== $name;
    $ms = min($ms, (hrtime(true) - $start) / 1e6);
  }
  $out[$name] = ['state' => $found ? 'found' : 'refused', 'ms' => $ms];
}
echo json_encode($out);`;
type Tried = Readonly<Record<string, { readonly state: string; readonly ms: number }>>;

describe('the walls around a village', () => {
  const bench = new ImageBench();
  let runtime = '';
  let wall = '';
  let kecamatan: NetworkFacts;
  let other: NetworkFacts;
  let kontrol: NetworkFacts;
  let publik: NetworkFacts;
  let host: Server;
  const named = (part: string): string => `${bench.prefix}-${part}`;
  const network = (part: string, walled: boolean): Promise<NetworkFacts> =>
    bench.session.ensureNetwork({
      name: named(part),
      labels: { [LABEL.role]: 'network' },
      internal: true,
      walled,
    });
  /** PHP's own server on these ports stands for whatever listens there. */
  const listener = (part: string, ports: readonly number[], networks: readonly Attachment[]): WorkloadSpec => ({
    name: named(part),
    image: runtime,
    labels: { [LABEL.role]: 'village' },
    command: ['bash', '-c', ports.map((port) => `php -S 0.0.0.0:${port} -t /tmp & `).join('') + 'wait'],
    env: {},
    user: '33:33',
    mounts: ['/run', '/tmp'].map((at) => ({ type: 'tmpfs', target: at, sizeBytes: 2 ** 20, mode: 0o755, uid: 33 })),
    networks,
    readOnlyRoot: true,
    capabilities: [],
    restart: 'no',
    stopTimeoutSeconds: 1,
    outsideNames: false,
  });
  const at = (facts: NetworkFacts, number: number): Attachment => ({
    network: facts.name,
    address: addressIn(facts.subnet, number),
  });
  const php = async (part: string, code: string, wanted: unknown): Promise<Tried> => {
    const done = await bench.session.exec(named(part), ['php', '-r', code, '--', JSON.stringify(wanted)]);
    return JSON.parse(done.stdout) as Tried;
  };
  const port = (): number => (host.address() as AddressInfo).port;
  const machine = (): string =>
    Object.entries(networkInterfaces())
      .filter(([name]) => !/^(lo|docker|br-|sp|veth)/.test(name))
      .flatMap(([, list]) => list ?? [])
      .find((one) => one.family === 'IPv4')?.address ?? '127.0.0.1';
  const attempts = async (): Promise<Readonly<Record<string, string>>> => ({
    'Redis on the address of the database': `${addressIn(kecamatan.subnet, 3)}:6379`,
    'Redis in the network of the dashboard': `${
      (await bench.session.inspect(named('redis')))?.addresses[kontrol.name] ?? ''
    }:6379`,
    'proxy, secure': `${addressIn(kecamatan.subnet, 2)}:8443`,
    'proxy, plain': `${addressIn(kecamatan.subnet, 2)}:8080`,
    'village of the same kecamatan': `${addressIn(kecamatan.subnet, 10)}:8080`,
    'village of another kecamatan': `${addressIn(other.subnet, 10)}:8080`,
    'database as another kecamatan has it': `${addressIn(other.subnet, 3)}:3306`,
    'dashboard on the machine': `${addressIn(kecamatan.subnet, 1)}:${port()}`,
    'dashboard, by the address of the machine': `${machine()}:${port()}`,
    'engine over TCP': `${addressIn(kecamatan.subnet, 1)}:2375`,
    'metadata of a cloud': '169.254.169.254:80',
    ...INTERNET,
  });
  const database = (): Promise<Tried> => php('desa', CALL, { database: `${addressIn(kecamatan.subnet, 3)}:3306` });
  const stands = async (): Promise<true | null> =>
    (await bench.session.exec(named('tembok'), [WALL_COMMAND, 'check'])).exitCode === 0 ? true : null;
  /** As `until`, and tells what the keeper said when it does not happen. */
  const awaitWalls = <T>(probe: () => Promise<T | null>): Promise<T> =>
    until(probe, 60_000).catch(async (error: unknown) => {
      const keeper = await bench.session.inspect(named('tembok'));
      throw new Error(`The walls: ${keeper?.state ?? 'no keeper'}\n${await bench.log('tembok')}`, { cause: error });
    });
  const wrong = (tried: Tried): Tried =>
    Object.fromEntries(Object.entries(tried).filter(([, { state, ms }]) => state !== 'refused' || ms >= REFUSED_MS));
  const tell = (title: string, tried: Tried): void => {
    const rows = Object.entries(tried).map(
      ([what, { state, ms }]) => `${ms.toFixed(1).padStart(8)} ms  ${state}  ${what}`,
    );
    process.stdout.write(`${title}\n${rows.join('\n')}\n`);
  };

  beforeAll(async () => {
    await bench.open();
    runtime = (await ensureRuntimeImage(bench.session, '8.2', bench.options)).id;
    wall = (await ensureServiceImage(bench.session, 'wall', bench.options)).id;
    // As the product does: the network that makes the engine show bridged packets to the filter comes first.
    const open = { name: named('publik'), labels: { [LABEL.role]: 'network' }, internal: false, apart: true };
    publik = await bench.session.ensureNetwork(open);
    kecamatan = await network('kec-a', true);
    other = await network('kec-b', true);
    kontrol = await network('kontrol', false);
    host = createServer((_, answer) => answer.end('dashboard'));
    host.listen(0, '0.0.0.0');
    await once(host, 'listening');
    await Promise.all([
      bench.session.ensureWorkload(listener('database', [3306, 6379], [at(kecamatan, 3), at(other, 3)])),
      bench.session.ensureWorkload(listener('proxy', [8080, 8443], [at(kecamatan, 2), at(other, 2)])),
      bench.session.ensureWorkload(listener('redis', [6379], [{ network: kontrol.name }])),
      bench.session.ensureWorkload(listener('tetangga', [8080], [at(kecamatan, 10)])),
      bench.session.ensureWorkload(listener('jauh', [8080], [at(other, 10)])),
      bench.session.ensureWorkload(listener('desa', [8080], [at(kecamatan, 12)])),
    ]);
    await until(async () => ((await database())['database']?.state === 'open' ? true : null));
  });
  afterAll(async () => {
    await bench.session.exec(named('tembok'), [WALL_COMMAND, 'remove']).catch(() => undefined);
    host.closeAllConnections();
    host.close();
    await bench.close();
  });

  it('are needed: without them a neighbour and the machine can be called', async () => {
    const calls = await attempts();
    const tried = await php('desa', CALL, {
      neighbour: calls['village of the same kecamatan'],
      machine: calls['dashboard on the machine'],
    });
    expect([tried['neighbour']?.state, tried['machine']?.state]).toEqual(['open', 'open']);
  });

  it('let a village reach its database and refuse everything else at once', async () => {
    await bench.session.ensureWorkload(
      wallWorkload({ name: named('tembok'), image: wall, installation: bench.prefix, oldBridges: [], ports: [] }),
    );
    await awaitWalls(stands);
    const tried = await php('desa', CALL, await attempts());
    tell('from inside a village', tried);
    expect(wrong(tried)).toEqual({});
    expect((await database())['database']?.state).toBe('open');
    const oneShot = await php(
      'desa',
      'echo json_encode(["socket" => ["state" => file_exists($argv[1]) ? "there" : "refused", "ms" => 0]]);',
      '/var/run/docker.sock',
    );
    expect(oneShot['socket']?.state).toBe('refused');
  });

  it('refuse names at once, whatever the resolver does', async () => {
    const tried = await php('desa', NAME, ['api.github.com', 'layanan.opendesa.id', 'tidak.example', named('redis')]);
    tell('names, from inside a village', tried);
    expect(wrong(tried)).toEqual({});
  });

  it('let the proxy and the machine reach a village', async () => {
    const village = addressIn(kecamatan.subnet, 12);
    expect((await php('proxy', CALL, { village: `${village}:8080` }))['village']?.state).toBe('open');
    expect((await get(village, '/')).status).toBe(404);
  });

  it('stand again after a village restarts, after a hand took them away, and after their keeper was killed', async () => {
    const calls = await attempts();
    await bench.session.stop(named('desa'), 1);
    await bench.session.start(named('desa'));
    expect(wrong(await php('desa', CALL, calls))).toEqual({});
    await bench.session.exec(named('tembok'), [WALL_COMMAND, 'remove']);
    expect(await stands()).toBeNull();
    await awaitWalls(stands);
    const before = await bench.session.inspect(named('tembok'));
    process.kill(before?.pid ?? 0, 'SIGKILL');
    // The rules do not depend on who keeps them.
    expect(wrong(await php('desa', CALL, calls))).toEqual({});
    await awaitWalls(stands);
    expect((await bench.session.inspect(named('tembok')))?.pid).not.toBe(before?.pid);
  });

  it('meet a new village network from its first packet on, and one from before by its own name', async () => {
    const fresh = await network('kec-c', true);
    const old = await network('kec-lama', false);
    await Promise.all([
      bench.session.ensureWorkload(listener('baru', [8080], [at(fresh, 12)])),
      bench.session.ensureWorkload(listener('lama', [8080], [at(old, 12)])),
    ]);
    const machineFrom = (facts: NetworkFacts): unknown => ({ machine: `${addressIn(facts.subnet, 1)}:${port()}` });
    expect(wrong(await php('baru', CALL, machineFrom(fresh)))).toEqual({});
    expect((await php('lama', CALL, machineFrom(old)))['machine']?.state).toBe('open');
    const bridge = Object.entries(networkInterfaces()).find(([, list]) =>
      (list ?? []).some((one) => one.address === addressIn(old.subnet, 1)),
    )?.[0];
    expect(bridge).toMatch(/^br-/);
    await bench.session.remove(named('tembok'));
    await bench.session.ensureWorkload(
      wallWorkload({
        name: named('tembok'),
        image: wall,
        installation: bench.prefix,
        oldBridges: [bridge ?? ''],
        ports: [],
      }),
    );
    await awaitWalls(async () =>
      wrong(await php('lama', CALL, machineFrom(old)))['machine'] === undefined ? true : null,
    );
    expect(bridgePrefix(bench.prefix)).toMatch(/^sp[0-9a-f]{6}$/);
  });

  it('leave a visitor unanswered, not refused, while the engine does not lead him to the proxy', async () => {
    const led = await freePort();
    const luar = await bench.session.ensureNetwork({
      name: named('luar'),
      labels: { [LABEL.role]: 'network' },
      internal: false,
    });
    await bench.session.ensureWorkload(listener('tamu', [8080], [{ network: luar.name }]));
    await bench.session.ensureWorkload({
      ...listener('terbit', [8080], [{ network: publik.name }]),
      ports: [{ host: '0.0.0.0', hostPort: led, containerPort: 8080 }],
    });
    const gate = addressIn(luar.subnet, 1);
    const visit = (): Promise<Tried> => php('tamu', CALL, { led: `${gate}:${led}`, own: `${gate}:${port()}` });
    const asleep = async (): Promise<boolean> => {
      const { stdout } = await bench.session.exec(named('tembok'), ['nft', 'list', 'ruleset']);
      return stdout.includes(`tcp dport ${led} ct state new drop`);
    };
    await bench.session.remove(named('tembok'));
    await bench.session.ensureWorkload(
      wallWorkload({
        name: named('tembok'),
        image: wall,
        installation: bench.prefix,
        oldBridges: [],
        ports: [led, port()],
      }),
    );
    await awaitWalls(async () => ((await asleep()) ? true : null));
    // Its ports are no longer led anywhere, as while an engine starts.
    await bench.session.stop(named('terbit'), 1);
    // What listens on the machine itself is not held up.
    expect(await visit()).toMatchObject({ led: { state: 'error 110' }, own: { state: 'open' } });
    await bench.session.stop(named('tembok'), 5);
    expect((await visit())['led']?.state).toBe('refused');
    expect(wrong(await php('desa', CALL, await attempts()))).toEqual({});
  });
});
