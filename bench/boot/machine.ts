import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const INIT = path.join(__dirname, 'machine.sh');
/** Of the cable between the machine and who looks at it; nobody routes these. */
export const MACHINE_ADDRESS = '192.0.2.2';
const VISITOR_ADDRESS = '192.0.2.1';
const NAMESPACES = ['--net', '--mount', '--pid', '--ipc', '--uts', '--time'] as const;

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
/** Namespaces with processes, network and engine of their own: their end is that of a machine whose power fails. */
export interface Machine {
  /** One command in it. */
  run(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<Said>;
  /** A command that goes on until the machine ends. */
  begin(argv: readonly string[], log: 'ignore' | number): void;
  /** A process on the other end of its cable: it reaches the machine at `MACHINE_ADDRESS`. */
  outside(argv: readonly string[]): ChildProcess;
  /** As when the power fails: every process at once, SIGKILL. What was written is kept, the kernel lives. */
  cut(): Promise<void>;
}

const collected = async (child: ChildProcess): Promise<Said> => {
  const [out, told]: [Buffer[], Buffer[]] = [[], []];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => told.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(told).toString() };
};
const firstChild = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);

const must = async (child: ChildProcess): Promise<void> => {
  const { code, stderr } = await collected(child);
  if (code !== 0) throw new Error(stderr);
};
/** A network namespace for visitors, with a cable to that of the machine; the process that keeps both. */
const plugIn = async (init: number): Promise<ChildProcess> => {
  const keeper = spawn('unshare', ['--net', 'sleep', 'infinity'], { cwd: '/', stdio: 'ignore' });
  const pid = String(keeper.pid ?? 0);
  while (readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net')) await sleep(10);
  const at = (where: string, ...argv: string[]): Promise<void> =>
    must(spawn('nsenter', ['-t', where, '--net', '--', 'ip', ...argv], { cwd: '/' }));
  await at(pid, 'link', 'add', 'kabel', 'type', 'veth', 'peer', 'name', 'kabel', 'netns', String(init));
  for (const [where, address] of [
    [pid, VISITOR_ADDRESS],
    [String(init), MACHINE_ADDRESS],
  ] as const) {
    await at(where, 'address', 'add', `${address}/24`, 'dev', 'kabel');
    await at(where, 'link', 'set', 'kabel', 'up');
  }
  return keeper;
};

/** Starts one whose engine keeps its data in `dataRoot`, and whose clock says that it was just switched on. */
export const startMachine = async (dataRoot: string): Promise<Machine> => {
  const up = Math.floor(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]));
  const clock = ['--boottime', String(-up)];
  const unshare = spawn('unshare', [...NAMESPACES, ...clock, '--fork', '--mount-proc', 'bash', INIT, dataRoot], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(unshare.stdout, 'data');
  const init = firstChild(unshare.pid ?? 0);
  const visitors = await plugIn(init);
  const inside = ['-t', String(init), ...NAMESPACES, '--'];
  return {
    run: (argv, env) =>
      collected(
        spawn('nsenter', [...inside, ...argv], {
          cwd: '/',
          stdio: ['ignore', 'pipe', 'pipe'],
          ...(env === undefined ? {} : { env }),
        }),
      ),
    begin(argv, log) {
      spawn('nsenter', [...inside, ...argv], { cwd: '/', stdio: ['ignore', log, log] }).on('error', () => undefined);
    },
    outside: (argv) =>
      spawn('nsenter', ['-t', String(visitors.pid ?? 0), '--net', '--', ...argv], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    async cut() {
      process.kill(init, 'SIGKILL');
      visitors.kill('SIGKILL');
      while (existsSync(`/proc/${init}`)) await sleep(10);
    },
  };
};
