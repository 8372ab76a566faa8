import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config';
import { createLogger, type Logger } from '../logger';
import { ENGINE_LOG, engineHangWatch, keepEngine } from './engine';
import { jailedArgv } from './jail';
import { logFile, openLog, rotateLog } from './log-files';
import { readPlan, type PartSpec } from './part-spec';
import { livingState, readState, writeState } from './part-state';
import { findByArguments, identify } from './process-identity';

const TICK_MS = 250;
const HOUSEKEEPING_TICKS = 40;
const ENGINE_TICKS = 4;
/** A part that lived this long was fine: it is started again at once. */
const STEADY_MS = 3_000;
const LONGEST_WAIT_MS = 2_000;

/** How long to wait before start number `failures` + 1 in a row; never so long that a part is away for 5 s. */
export const restartDelay = (failures: number): number =>
  failures === 0 ? 0 : Math.min(LONGEST_WAIT_MS, 250 * 2 ** (failures - 1));

interface Attention {
  failures: number;
  nextStartAt: number;
}

const startPart = (config: Config, spec: PartSpec, jailScript: string): void => {
  const argv = spec.user === null ? spec.argv : jailedArgv(spec.argv, spec.user, spec.reach, jailScript);
  const log = openLog(logFile(config, spec.name));
  const [command = '', ...args] = argv;
  // Its own session: what ends the supervisor or the terminal does not end the part.
  const child = spawn(command, args, { cwd: '/', detached: true, env: spec.env, stdio: ['ignore', log, log] });
  closeSync(log);
  child.on('error', () => undefined);
  const identity = child.pid === undefined ? null : identify(child.pid);
  if (identity !== null) writeState(config, spec.name, identity, spec.build);
  child.unref();
};

/** A part whose supervisor died between starting it and writing it down is taken over, not started twice. */
const adopted = (config: Config, spec: PartSpec): boolean => {
  const found = findByArguments(spec.argv.slice(-3), [0, spec.user?.uid ?? 0]);
  if (found !== null) writeState(config, spec.name, found, spec.build);
  return found !== null;
};

const attend = (config: Config, spec: PartSpec, attention: Attention, jailScript: string, logger: Logger): void => {
  if (livingState(config, spec.name) !== null) return;
  const now = Date.now();
  if (attention.nextStartAt === 0) {
    const since = Date.parse(readState(config, spec.name)?.since ?? '');
    attention.failures = now - since < STEADY_MS ? attention.failures + 1 : 0;
    attention.nextStartAt = now + restartDelay(attention.failures);
  }
  if (now < attention.nextStartAt || adopted(config, spec)) return;
  attention.nextStartAt = 0;
  logger.warn({ part: spec.name, failures: attention.failures }, 'starting part');
  startPart(config, spec, jailScript);
};

const housekeeping = (config: Config, parts: readonly PartSpec[]): void => {
  for (const name of ['supervisor', ...parts.map((part) => part.name)]) rotateLog(logFile(config, name));
  rotateLog(ENGINE_LOG);
};

/** One attempt at a time, beside the parts: a slow engine must not keep web waiting. */
const engineKeeper = (logger: Logger): { readonly keep: () => void } => {
  let busy = false;
  const lookForHang = engineHangWatch(logger);
  return {
    keep: () => {
      if (busy) return;
      busy = true;
      keepEngine(logger)
        .catch((error: unknown) => logger.error({ err: error }, 'the engine could not be started again'))
        .then(lookForHang)
        .catch((error: unknown) => logger.error({ err: error }, 'the engine could not be looked at'))
        .finally(() => {
          busy = false;
        });
    },
  };
};

/**
 * Keeps the parts of one installation running until its plan says `stopped`. Ending it harms nobody: the parts go on,
 * and the worker (see attendSupervisor) or the next `up` starts another one, which takes them over.
 */
export const runSupervisor = async (config: Config, jailScript: string): Promise<void> => {
  const logger = createLogger('supervisor');
  const identity = identify(process.pid);
  if (identity !== null) writeState(config, 'supervisor', identity, '');
  const engine = engineKeeper(logger);
  const attentions = new Map<string, Attention>();
  for (let tick = 0; ; tick += 1) {
    const plan = readPlan(config);
    if (plan?.wanted !== 'running') return;
    for (const spec of plan.parts) {
      const attention = attentions.get(spec.name) ?? { failures: 0, nextStartAt: 0 };
      attentions.set(spec.name, attention);
      attend(config, spec, attention, jailScript, logger);
    }
    if (tick % HOUSEKEEPING_TICKS === 0) housekeeping(config, plan.parts);
    if (tick % ENGINE_TICKS === 0) engine.keep();
    await sleep(TICK_MS);
  }
};
