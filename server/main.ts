import { readEnvironment } from './config';
import { openInstallation } from './installation';

/**
 * Processes of an installation, by the first word. Each loads only its own libraries, so that the supervisor stays
 * small and web never loads what can talk to an engine. Everything else is the command line.
 */
const processes: Readonly<Record<string, () => Promise<unknown>>> = {
  'run-supervisor': async () => (await import('./supervisor.js')).runSupervisor(openInstallation(readEnvironment())),
};

const start = processes[process.argv[2] ?? ''];
if (start === undefined) process.exitCode = 2;
else void start();
