import { setTimeout as sleep } from 'node:timers/promises';

/** A file (content) or folder (null) of the fake engine. */
export interface FakeFile {
  readonly content: Buffer | null;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}
/** What a command of the fake engine sees. */
export interface ShellWorld {
  read(path: string): FakeFile | undefined;
  write(path: string, file: FakeFile): void;
  /** Files below a folder, by their path in it. */
  list(below: string): readonly (readonly [string, FakeFile])[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: AsyncIterable<Buffer | string> | null;
  readonly signal: AbortSignal;
  out(stream: 'stdout' | 'stderr', chunk: Buffer): Promise<void> | void;
}
type Emit = (chunk: Buffer) => Promise<void> | void;

const cat = async (paths: readonly string[], world: ShellWorld, emit: Emit): Promise<number> => {
  if (paths.length === 0) for await (const chunk of world.stdin ?? []) await emit(Buffer.from(chunk));
  for (const path of paths) {
    const content = world.read(path)?.content;
    if (content === undefined || content === null) return 1;
    await emit(content);
  }
  return 0;
};

// stat -c '%a %u %g %n' only
const stat = async (paths: readonly string[], world: ShellWorld, emit: Emit): Promise<number> => {
  for (const path of paths) {
    const file = world.read(path);
    if (file === undefined) return 1;
    await emit(Buffer.from(`${file.mode.toString(8)} ${file.uid} ${file.gid} ${path}\n`));
  }
  return 0;
};

// du -s -x --block-size=1 only: as many bytes as the files have
const du = async (paths: readonly string[], world: ShellWorld, emit: Emit): Promise<number> => {
  for (const path of paths) {
    const bytes = world.list(path).reduce((sum, [, file]) => sum + (file.content?.length ?? 0), 0);
    await emit(Buffer.from(`${bytes}\t${path}\n`));
  }
  return 0;
};

const simple = async (argv: readonly string[], world: ShellWorld, emit: Emit): Promise<number> => {
  const [command = '', ...args] = argv;
  if (command === 'echo') await emit(Buffer.from(`${args.join(' ')}\n`));
  else if (command === 'cat') return cat(args, world, emit);
  else if (command === 'stat') return stat(args.slice(2), world, emit);
  else if (command === 'du') return du(args.slice(3), world, emit);
  else if (command === 'sleep')
    await sleep(Number(args[0]) * 1000, undefined, { signal: world.signal }).catch(() => undefined);
  else if (command === 'exit') return Number(args[0]);
  else if (command === 'false') return 1;
  else if (command !== 'true') return 127;
  return world.signal.aborted ? 137 : 0;
};

const statement = async (text: string, world: ShellWorld): Promise<number> => {
  const expanded = text.trim().replace(/\$(\w+)/g, (_, name: string) => world.env[name] ?? '');
  const toError = expanded.endsWith('>&2');
  const file = /^(.*?)\s*>\s*(\/\S+)$/.exec(expanded);
  const words = (file?.[1] ?? expanded.replace(/>&2$/, '')).trim().split(' ');
  if (file?.[2] === undefined) return simple(words, world, (chunk) => world.out(toError ? 'stderr' : 'stdout', chunk));
  const chunks: Buffer[] = [];
  const code = await simple(words, world, (chunk) => void chunks.push(chunk));
  world.write(file[2], { content: Buffer.concat(chunks), mode: 0o644, uid: 0, gid: 0 });
  return code;
};

/** Understands as much of a shell as the contract suite uses: echo, cat, stat, du, sleep, exit, `;`, `>`, `>&2`, $NAME. */
export const runFakeCommand = async (argv: readonly string[], world: ShellWorld): Promise<number> => {
  if (argv[0] !== 'sh') return simple(argv, world, (chunk) => world.out('stdout', chunk));
  let code = 0;
  for (const text of (argv[2] ?? '').split(';')) {
    code = await statement(text, world);
    if (world.signal.aborted) return 137;
    if (text.trim().startsWith('exit')) break;
  }
  return code;
};
