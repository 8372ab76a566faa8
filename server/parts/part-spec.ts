import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { replaceFile, readIfThere, ownRights } from '../atomic-file';
import type { Config } from '../config';

/** The processes of an installation, in the order they stop: no new visitors first, then the work. */
export const PART_NAMES = ['web', 'worker'] as const;
export type PartName = (typeof PART_NAMES)[number];

const partSpecSchema = z.object({
  name: z.enum(PART_NAMES),
  /** Its last three words name the part of this installation; found again by them when a state file is lost. */
  argv: z.array(z.string()).min(3),
  env: z.record(z.string(), z.string()),
  /** null = root. */
  user: z.object({ uid: z.int(), gid: z.int() }).nullable(),
  /** Folders and files a user without rights must reach although a folder above them is closed. */
  reach: z.array(z.string()),
  /** Build it was made for; another one means: start again. */
  build: z.string(),
});
export type PartSpec = z.infer<typeof partSpecSchema>;

const planSchema = z.object({
  /** `stopped` is written before anything is ended, so that nobody starts it again. */
  wanted: z.enum(['running', 'stopped']),
  /** Command of the supervisor itself. */
  supervisor: z.array(z.string()),
  parts: z.array(partSpecSchema),
});
export type PartsPlan = z.infer<typeof planSchema>;

const planFile = (config: Config): string => path.join(config.paths.run, 'parts.json');

export const readPlan = (config: Config): PartsPlan | null => {
  const text = readIfThere(planFile(config));
  return text === null ? null : planSchema.parse(JSON.parse(text));
};
export const writePlan = (config: Config, plan: PartsPlan): void => {
  replaceFile(planFile(config), `${JSON.stringify(plan, null, 2)}\n`, ownRights(0o600));
};

/** The folder with package.json: above the sources and above dist/ alike. */
export const codeRoot = (): string => {
  let folder = __dirname;
  while (folder !== '/' && readIfThere(path.join(folder, 'package.json')) === null) folder = path.dirname(folder);
  return folder;
};

/** What the launcher stamped when it built; '' without a build. */
export const currentBuild = (): string => (readIfThere(path.join(codeRoot(), 'dist', '.stamp')) ?? '').trim();

export const productVersion = (): string =>
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(path.join(codeRoot(), 'package.json'), 'utf8')))
    .version;

/** `node dist/server/main.js`. */
export const builtEntry = (): readonly string[] => [
  process.execPath,
  path.join(codeRoot(), 'dist', 'server', 'main.js'),
];

/** Words behind the entry that make a process that of this installation. */
export const partArguments = (config: Config, name: string): readonly string[] => [
  `run-${name}`,
  config.name,
  config.id,
];

/**
 * A part holds little and makes much that is soon over: left alone its heap grows with the memory of the machine, and each thread keeps a
 * store of its own.
 */
export const FRUGAL: Readonly<Record<string, string>> = {
  NODE_OPTIONS: '--max-semi-space-size=4 --max-old-space-size=256',
  MALLOC_ARENA_MAX: '2',
};
const environmentOf = (config: Config, home: string): Record<string, string> => ({
  ...FRUGAL,
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  NODE_ENV: 'production',
  LANG: 'C.UTF-8',
  HOME: home,
  SIAPPAKAI_HOME: config.home,
});

/** Web as `user`, without an engine in its surroundings; the worker as root. */
export const partSpecs = (
  config: Config,
  entry: readonly string[],
  user: { readonly uid: number; readonly gid: number },
): readonly PartSpec[] => {
  const build = currentBuild();
  const argv = (name: PartName): string[] => [...entry, ...partArguments(config, name)];
  return [
    {
      name: 'web',
      argv: argv('web'),
      env: environmentOf(config, config.paths.webRun),
      user: { uid: user.uid, gid: user.gid },
      reach: [config.home, codeRoot(), ...entry.slice(0, 1)],
      build,
    },
    {
      name: 'worker',
      argv: argv('worker'),
      env: { ...environmentOf(config, '/root'), DOCKER_HOST: config.dockerHost },
      user: null,
      reach: [],
      build,
    },
  ];
};
