import { join } from 'node:path';
import type { TargetSession } from '../../contracts';
import { run } from '../../lib/run';
import type { ConfigCheck } from './options';

const CHECK_MS = 60_000;
const argv = (folder: string, file: string): readonly string[] => ['haproxy', '-c', '-f', join(folder, file)];

/** For a proxy that runs on this machine itself. */
export const checkHere =
  (folder: string): ConfigCheck =>
  async (file) => {
    const { exitCode, stdout, stderr } = await run(argv(folder, file), { timeoutMs: CHECK_MS });
    return { ok: exitCode === 0, output: stdout + stderr };
  };

/** For a proxy in a container: the same program, files and libraries that will run it. `folder` is the one inside. */
export const checkInContainer =
  (session: TargetSession, container: string, folder: string): ConfigCheck =>
  async (file) => {
    const { exitCode, stdout, stderr } = await session.exec(container, argv(folder, file), { timeoutMs: CHECK_MS });
    return { ok: exitCode === 0, output: stdout + stderr };
  };
