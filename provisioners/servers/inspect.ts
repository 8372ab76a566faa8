import type { MachineFacts, RemoteResult, SshLogin, SshSession } from '../contracts';

const FIELD = /^([A-Z_]+)=(?:"([^"]*)"|([^"]*))$/;
const osRelease = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const found = FIELD.exec(line.trim());
      return found === null ? [] : [[found[1] ?? '', found[2] ?? found[3] ?? '']];
    }),
  );
const whole = (text: string | undefined): number | null =>
  text !== undefined && /^\s*\d+\s*$/.test(text) ? Number(text) : null;
const output = (result: RemoteResult): string => (result.exitCode === 0 ? result.stdout.trim() : '');
const orNull = (text: string): string | null => (text === '' ? null : text);

type Elevate = { readonly prefix: readonly string[]; readonly stdin?: string };
const findElevation = async (
  session: SshSession,
  login: SshLogin,
): Promise<{ readonly elevation: MachineFacts['elevation']; readonly elevate: Elevate }> => {
  if (output(await session.run({ argv: ['id', '-u'] })) === '0') return { elevation: 'root', elevate: { prefix: [] } };
  if ((await session.run({ argv: ['sudo', '-n', 'true'] })).exitCode === 0)
    return { elevation: 'sudo', elevate: { prefix: ['sudo', '-n'] } };
  if (login.kind === 'password') {
    const elevate = { prefix: ['sudo', '-S', '-k', '-p', ''], stdin: `${login.password}\n` };
    const tried = await session.run({ argv: [...elevate.prefix, 'true'], stdin: elevate.stdin });
    if (tried.exitCode === 0) return { elevation: 'sudo', elevate };
  }
  return { elevation: 'none', elevate: { prefix: [] } };
};

const ENGINE_FORMAT = '{{.ServerVersion}}|{{.Driver}}|{{.LiveRestoreEnabled}}|{{.CgroupVersion}}';
type Engine = Pick<MachineFacts, 'engine' | 'engineVersion' | 'storageDriver' | 'liveRestore' | 'cgroupVersion'>;
const NO_ENGINE = { engineVersion: null, storageDriver: null, liveRestore: null, cgroupVersion: null };
const readEngine = async (session: SshSession, elevate: Elevate): Promise<Engine> => {
  const client = await session.run({ argv: ['docker', '--version'] });
  if (client.exitCode !== 0) return { engine: 'missing', ...NO_ENGINE };
  const argv = [...elevate.prefix, 'docker', 'info', '--format', ENGINE_FORMAT];
  const info = await session.run({ argv, ...(elevate.stdin === undefined ? {} : { stdin: elevate.stdin }) });
  const [version = '', driver = '', live = '', cgroup = ''] = output(info).split('\n').at(-1)?.split('|') ?? [];
  if (info.exitCode !== 0 || version === '') return { engine: 'silent', ...NO_ENGINE };
  return {
    engine: 'running',
    engineVersion: version,
    storageDriver: orNull(driver),
    liveRestore: live === 'true',
    cgroupVersion: orNull(cgroup),
  };
};

const readSkew = async (session: SshSession): Promise<number | null> => {
  const sent = Date.now();
  const theirs = whole(output(await session.run({ argv: ['date', '-u', '+%s'] })));
  const received = Date.now();
  // Whole seconds on their side: half a second is the best guess of the rest.
  return theirs === null ? null : Math.round(theirs + 0.5 - (sent + received) / 2000);
};

const readSizes = async (
  session: SshSession,
): Promise<Pick<MachineFacts, 'cores' | 'memoryBytes' | 'diskFreeBytes' | 'neighbourLimit'>> => {
  const [meminfo, df, neighbours, nproc] = await Promise.all([
    session.run({ argv: ['cat', '/proc/meminfo'] }),
    session.run({ argv: ['df', '-Pk', '/var/lib'] }),
    session.run({ argv: ['cat', '/proc/sys/net/ipv4/neigh/default/gc_thresh3'] }),
    session.run({ argv: ['nproc'] }),
  ]);
  const memory = /^MemTotal:\s+(\d+) kB$/m.exec(meminfo.stdout);
  const free = whole(df.stdout.trim().split('\n').at(-1)?.split(/\s+/)[3]);
  return {
    cores: whole(output(nproc)),
    memoryBytes: memory === null ? null : Number(memory[1]) * 1024,
    diskFreeBytes: free === null ? null : free * 1024,
    neighbourLimit: whole(output(neighbours)),
  };
};

/** Asks a machine what it is; changes nothing on it. */
export const inspectMachine = async (session: SshSession, login: SshLogin): Promise<MachineFacts> => {
  const os = osRelease((await session.run({ argv: ['cat', '/etc/os-release'] })).stdout);
  const [kernel = '', arch = ''] = output(await session.run({ argv: ['uname', '-rm'] })).split(' ');
  const { elevation, elevate } = await findElevation(session, login);
  return {
    osId: os.get('ID') ?? null,
    osVersion: os.get('VERSION_ID') ?? null,
    kernel: orNull(kernel),
    arch: orNull(arch),
    ...(await readSizes(session)),
    elevation,
    ...(await readEngine(session, elevate)),
    skewSeconds: await readSkew(session),
  };
};
