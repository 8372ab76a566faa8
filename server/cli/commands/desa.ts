import type { Command } from 'commander';
import { AppError } from '../../domain/errors';
import { parseKode } from '../../domain/kode-wilayah';
import type { RolloutRequest } from '../../domain/rollout-plan';
import {
  desaList,
  desaObserve,
  desaPassword,
  desaShow,
  tokenShow,
  type DesaAnswer,
} from '../../services/operations/desa';
import type { OperationContext } from '../../services/operations/operation';
import type { Cli } from '../context';
import { contextOf, listing, showing, withWatch } from '../perform';
import { startAndWatch, type StartOptions } from '../progress';
import { printLog } from '../log-output';
import { table } from '../output';
import type { Run } from '../program';

interface Selection {
  readonly kecamatan?: string;
  readonly all?: boolean;
}
interface RolloutOptions extends Selection, StartOptions {
  readonly app?: string;
  readonly release?: readonly string[];
}
const words = (list: string | undefined): readonly string[] =>
  list === undefined
    ? []
    : list
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '');

/** `opensid@2410.0.0` → ['opensid', '2410.0.0']. */
const releaseOf = (text: string): readonly [string, string] => {
  const [app = '', version = ''] = text.split('@');
  if (app === '' || version === '')
    throw new AppError('invalid_input', { problem: 'release_form', text }, { field: 'release' });
  return [app, version.replace(/^v/, '')];
};
const chosen = async (
  context: OperationContext,
  kodes: readonly string[],
  options: Selection,
  among: 'installed' | 'known',
): Promise<readonly string[]> => {
  if (kodes.length > 0) return kodes;
  if (options.kecamatan === undefined && options.all !== true)
    throw new AppError('invalid_input', { problem: 'no_desa' }, { field: 'kode' });
  const kecamatan = options.kecamatan === undefined ? {} : { kecamatan: options.kecamatan };
  const installed = among === 'installed' ? 'only' : 'all';
  return (await desaList.all(context, { ...kecamatan, installed })).map((one) => one.kode);
};
const start = (
  cli: Cli,
  kind: RolloutRequest['kind'],
  kodes: readonly string[],
  options: RolloutOptions,
  hosts: RolloutRequest['hosts'] = {},
): Promise<number> =>
  cli.open(async (session) => {
    const among = kind === 'install' ? 'known' : 'installed';
    const request = {
      kind,
      kodes: [...(await chosen(contextOf(cli, session), kodes, options, among))],
      apps: [...words(options.app)],
      releases: Object.fromEntries((options.release ?? []).map(releaseOf)),
      hosts: { ...hosts },
    };
    return startAndWatch(cli, session, request, options);
  });

interface ListOptions {
  readonly kecamatan?: string;
  readonly status?: DesaAnswer['status'];
  readonly app?: string;
  readonly release?: string;
  readonly search?: string;
  readonly jenis?: 'desa' | 'kelurahan' | 'desa_adat';
  readonly all?: boolean;
}
const FILTERS = ['kecamatan', 'status', 'app', 'release', 'search', 'jenis'] as const;
const listCommand = (noun: Command, run: Run): void => {
  const command = noun
    .command('list')
    .description(desaList.summary)
    .option('--kecamatan <kode>')
    .option('--status <status>')
    .option('--app <app>')
    .option('--release <version>')
    .option('--search <text>')
    .option('--jenis <jenis>', 'desa, kelurahan or desa_adat')
    .option('--all', 'also desa that are not installed');
  listing(command, run, desaList, {
    input: (options: ListOptions) => ({
      ...Object.fromEntries(FILTERS.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]))),
      installed: options.all === true || options.search !== undefined ? ('all' as const) : ('only' as const),
    }),
  });
};
const linesOf = (one: DesaAnswer): readonly string[] =>
  table([
    [one.kode, one.nama, one.kecamatan, one.status, one.host ?? '—'],
    ...one.instances.map((instance) => [
      instance.app,
      instance.release ?? '—',
      instance.observedRelease ?? '—',
      instance.health,
      instance.url ?? '—',
    ]),
  ]);
const showCommand = (noun: Command, run: Run): void => {
  const input = (_options: object, kode = ''): { readonly kode: string } => ({ kode });
  showing(withWatch(noun.command('show <kode>').description(desaShow.summary)), run, desaShow, {
    input,
    lines: linesOf,
  });
  showing(noun.command('observe <kode>').description(desaObserve.summary), run, desaObserve, {
    input,
    lines: linesOf,
  });
};

export const desaCommands = (noun: Command, run: Run): void => {
  listCommand(noun, run);
  showCommand(noun, run);
  starters(noun, run);
  singles(noun, run);
};

const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];
const rolloutOptions = (command: Command): Command =>
  command.option('--wait', 'watch to the end').option('--plan', 'only say what would happen');
const chooser = (noun: Command, words: string): Command =>
  rolloutOptions(noun.command(`${words} [kode...]`).option('--kecamatan <kode>').option('--all'));
const starters = (noun: Command, run: Run): void => {
  chooser(noun, 'install')
    .description('install desa; starts a rollout')
    .option('--app <apps>', 'comma separated: opensid,pbb,api')
    .option('--release <app@version>', 'repeatable', collect)
    .action(run((cli, options: RolloutOptions, kodes: readonly string[]) => start(cli, 'install', kodes, options)));
  chooser(noun, 'update <app@version>')
    .description('update desa to a release; starts a rollout')
    .option('--release <app@version>', 'further apps in the same rollout, repeatable', collect)
    .action(
      run((cli, options: RolloutOptions, release: string, kodes: readonly string[]) =>
        start(cli, 'update', kodes, { ...options, release: [release, ...(options.release ?? [])] }),
      ),
    );
  for (const kind of ['restart', 'stop', 'start'] as const)
    chooser(noun, kind)
      .description(`${kind} desa, one or many`)
      .option('--app <apps>')
      .action(run((cli, options: RolloutOptions, kodes: readonly string[]) => start(cli, kind, kodes, options)));
};
const domainCommand = (noun: Command, run: Run): void => {
  rolloutOptions(noun.command('domain <kode> <host>'))
    .description('move a desa to another host name; the old one redirects')
    .action(
      run((cli, options: StartOptions, kode: string, host: string) =>
        start(cli, 'domain', [kode], options, { [parseKode(kode) ?? kode]: host }),
      ),
    );
};
const logsCommand = (noun: Command, run: Run): void => {
  noun
    .command('logs <kode> <app>')
    .description('log of the container that serves an app')
    .option('-f, --follow')
    .action(
      run(async (cli, options: { readonly follow?: boolean }, kode: string, app: string) => {
        const container = await cli.open((session) =>
          session.desa.containerOf(cli.actor, parseKode(kode) ?? kode, app),
        );
        if (container === null) throw new AppError('not_installed', { kode, app });
        return printLog(cli, options, (...log) => cli.machine.containerLog(container, ...log));
      }),
    );
};
const passwordCommand = (noun: Command, run: Run): void => {
  showing(noun.command('password <kode>').description(desaPassword.summary), run, desaPassword, {
    input: (_options: object, kode = '') => ({ kode }),
    lines: ({ username, password }) => [`${username}\t${password}`],
  });
};
const removeCommand = (noun: Command, run: Run): void => {
  rolloutOptions(noun.command('remove <kode>'))
    .description('archive a desa and take it away')
    .requiredOption('--confirm <kode>', 'the same code again')
    .action(run((cli, options: StartOptions, kode: string) => start(cli, 'remove', [kode], options)));
};

/** The registration token of a desa. */
export const tokenCommands = (noun: Command, run: Run): void => {
  showing(noun.command('show <kode>').description(tokenShow.summary), run, tokenShow, {
    input: (_options: object, kode = '') => ({ kode }),
  });
};

const singles = (noun: Command, run: Run): void => {
  domainCommand(noun, run);
  logsCommand(noun, run);
  passwordCommand(noun, run);
  removeCommand(noun, run);
};
