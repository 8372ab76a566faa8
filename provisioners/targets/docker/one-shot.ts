import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { LABEL, ProvisionError, type LogLine, type OneShotResult, type WorkloadSpec } from '../../contracts';
import { LineCutter, Tail } from '../../lib/lines';
import { abortReason, duplexOf, onAbort, sendInput } from './attach';
import { demux } from './demux';
import { call, owned, type Engine } from './engine';
import { createOptions } from './spec';
import { attachAll, create, inspectOurs, removeById, startContainer } from './workloads';

export interface OneShotOptions {
  readonly signal: AbortSignal;
  readonly onLine?: (line: LogLine) => void;
  readonly stdin?: NodeJS.ReadableStream;
  readonly stdout?: NodeJS.WritableStream;
}
const KEPT_BYTES = 8 * 1024 * 1024;

const createWithInput = (engine: Engine, spec: WorkloadSpec): Promise<Docker.Container> =>
  call(engine, 'create container', () =>
    engine.docker.createContainer({
      ...createOptions(spec, owned(engine, spec.labels)),
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
    }),
  );

const replace = async (engine: Engine, spec: WorkloadSpec, options: OneShotOptions): Promise<Docker.Container> => {
  const leftover = await inspectOurs(engine, spec.name);
  if (leftover !== null) await removeById(engine, leftover.Id);
  const made = options.stdin === undefined ? await create(engine, spec) : await createWithInput(engine, spec);
  if (made === null)
    throw new ProvisionError('conflict', `Somebody else runs ${spec.name}`, {
      kind: 'container',
      name: spec.name,
      reason: 'busy',
    });
  return made;
};

const listen = async (socket: Duplex, options: OneShotOptions): Promise<Pick<OneShotResult, 'stdout' | 'stderr'>> => {
  const tails = { stdout: new Tail(KEPT_BYTES), stderr: new Tail(KEPT_BYTES) };
  const cutter = (stream: LogLine['stream']): LineCutter =>
    new LineCutter((text) => options.onLine?.({ at: new Date().toISOString(), stream, text }));
  const cutters = { stdout: cutter('stdout'), stderr: cutter('stderr') };
  const take = (stream: LogLine['stream']) => (chunk: Buffer) => {
    tails[stream].write(chunk);
    cutters[stream].write(chunk);
  };
  const sinks = { stdout: take('stdout'), stderr: take('stderr') };
  await demux(socket, options.stdout === undefined ? sinks : { ...sinks, pipe: options.stdout });
  cutters.stdout.end();
  cutters.stderr.end();
  return { stdout: tails.stdout.text(), stderr: tails.stderr.text() };
};

const execute = async (
  engine: Engine,
  container: Docker.Container,
  spec: WorkloadSpec,
  options: OneShotOptions,
): Promise<OneShotResult> => {
  await attachAll(engine, await call(engine, 'inspect container', () => container.inspect()), spec.networks);
  const attachOptions = { stream: true, stdin: options.stdin !== undefined, stdout: true, stderr: true, hijack: true };
  const socket = duplexOf(await call(engine, 'attach', () => container.attach(attachOptions)));
  // Waiting before the start: a command may be over before we ask.
  const ended = container.wait({ condition: 'next-exit' }) as Promise<{ StatusCode: number }>;
  ended.catch(() => undefined);
  const started = Date.now();
  try {
    await startContainer(engine, container);
    const [output] = await Promise.all([listen(socket, options), sendInput(socket, options.stdin)]);
    const { StatusCode: exitCode } = await ended;
    return { exitCode, ...output, seconds: (Date.now() - started) / 1000 };
  } finally {
    socket.destroy();
  }
};

/** Runs a container to its end and removes it, whatever happens; killed when the signal fires. */
export const runOnce = async (engine: Engine, spec: WorkloadSpec, options: OneShotOptions): Promise<OneShotResult> => {
  options.signal.throwIfAborted();
  const labelled = { ...spec, labels: { [LABEL.role]: 'oneshot', ...spec.labels }, restart: 'no' as const };
  const container = await replace(engine, labelled, options);
  const forget = onAbort(options.signal, () => void container.kill().catch(() => undefined));
  try {
    const result = await execute(engine, container, labelled, options);
    if (options.signal.aborted) throw abortReason(options.signal);
    return result;
  } catch (error) {
    throw options.signal.aborted ? abortReason(options.signal) : error;
  } finally {
    forget();
    await removeById(engine, container.id);
  }
};
