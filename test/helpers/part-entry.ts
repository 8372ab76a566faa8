/** Stands for main.ts in tests of the supervisor: real supervisor, small web and worker that tell who they are. */
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ownRights, replaceFile } from '../../server/atomic-file';
import { readEnvironment } from '../../server/config';
import { openInstallation } from '../../server/installation';
import { attendSupervisor, runSupervisor } from '../../server/supervisor';

const may = (file: string, mode: number): boolean => {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
};

const config = openInstallation(readEnvironment());
const part = process.argv[2] ?? '';
const { paths } = config;

const tell = (): void => {
  const facts = {
    pid: process.pid,
    uid: process.getuid?.(),
    gid: process.getgid?.(),
    groups: process.getgroups?.(),
    capabilities: /CapEff:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1],
    bounding: /CapBnd:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1],
    engine: may('/var/run/docker.sock', constants.W_OK),
    keys: may(paths.masterKeys, constants.R_OK),
    tenantUrl: config.tenantDatabaseUrl?.reveal() ?? null,
    uploads: may(paths.uploads, constants.W_OK),
    releases: may(paths.releases, constants.W_OK),
    dockerHost: readEnvironment().dockerHost,
  };
  replaceFile(path.join(paths.webRun, `${part}.txt`), JSON.stringify(facts), ownRights(0o644));
};

const stay = (): void => {
  if (existsSync(path.join(paths.webRun, `${part}.crash`))) process.exit(1);
  tell();
  process.on('SIGTERM', () => {
    if (existsSync(path.join(paths.webRun, `${part}.stubborn`))) return;
    writeFileSync(path.join(paths.webRun, `${part}.ended`), String(Date.now()));
    process.exit(0);
  });
  setInterval(() => undefined, 60_000);
};

if (part === 'run-supervisor') void runSupervisor(config);
else {
  if (part === 'run-worker') attendSupervisor(config);
  stay();
}
