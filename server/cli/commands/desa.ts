import type { Command } from 'commander';
import { AppError } from '../../domain/errors';
import { kodeWilayah, parseKode } from '../../domain/kode-wilayah';
import type { RolloutRequest } from '../../domain/rollout-plan';
import type { DesaDocument, DesaFilter } from '../../services/read-models/desa-model';
import type { Cli, Session } from '../context';
import { startAndWatch } from '../progress';
import { printLog } from '../log-output';
import { table } from '../output';
import type { Run } from '../program';

interface Selection {
  readonly kecamatan?: string;
  readonly all?: boolean;
}
interface StartOptions extends Selection {
  readonly app?: string;
  readonly release?: readonly string[];
  readonly wait?: boolean;
}
const dotted = (text: string): string => {
  const kode = parseKode(text);
  if (kode === null) throw new AppError('invalid_input', { problem: 'kode_form', kode: text }, { field: 'kode' });
  return String(kodeWilayah(text));
};
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
  cli: Cli,
  session: Session,
  kodes: readonly string[],
  options: Selection,
  among: 'installed' | 'known',
): Promise<readonly string[]> => {
  if (kodes.length > 0) return kodes.map(dotted);
  if (options.kecamatan === undefined && options.all !== true)
    throw new AppError('invalid_input', { problem: 'no_desa' }, { field: 'kode' });
  const filter: DesaFilter = {
    ...(options.kecamatan === undefined ? {} : { kecamatan: options.kecamatan }),
    installed: among === 'installed' ? 'only' : 'all',
  };
  return (await session.desaModel.list(cli.actor, filter)).map((one) => one.kode);
};
const start = (
  cli: Cli,
  kind: RolloutRequest['kind'],
  kodes: readonly string[],
  options: StartOptions,
  more: Partial<RolloutRequest> = {},
): Promise<number> =>
  cli.open(async (session) => {
    const request: RolloutRequest = {
      kind,
      kodes: await chosen(cli, session, kodes, options, kind === 'install' ? 'known' : 'installed'),
      apps: words(options.app),
      releases: Object.fromEntries((options.release ?? []).map(releaseOf)),
      hosts: {},
      ...more,
    };
    return startAndWatch(cli, session, request, options.wait === true ? 'wait' : 'return');
  });

const row = (one: DesaDocument): readonly string[] => [
  one.kode,
  one.nama,
  one.kecamatan,
  one.status,
  one.instances
    .map(
      (instance) =>
        `${instance.app} ${instance.observedRelease ?? '—'} ${instance.health}${instance.behind ? ' (tertinggal)' : ''}`,
    )
    .join(', '),
  one.host ?? '—',
];

const listCommand = (noun: Command, run: Run): void => {
  noun
    .command('list')
    .description('desa and what was seen of them')
    .option('--kecamatan <kode>')
    .option('--status <status>')
    .option('--app <app>')
    .option('--release <version>')
    .option('--search <text>')
    .option('--all', 'also desa that are not installed')
    .action(
      run(async (cli, options: DesaFilter & { readonly all?: boolean }) =>
        cli.open(async (session) => {
          const { all, ...filter } = options;
          const rows = await session.desaModel.list(cli.actor, {
            ...filter,
            installed: all === true || filter.search !== undefined ? 'all' : 'only',
          });
          cli.out.document(rows);
          for (const line of table([['KODE', 'NAMA', 'KECAMATAN', 'STATUS', 'APP', 'HOST'], ...rows.map(row)]))
            cli.out.line(line);
          return 0;
        }),
      ),
    );
};
const showCommand = (noun: Command, run: Run): void => {
  noun
    .command('show <kode>')
    .description('one desa')
    .action(
      run(async (cli, _options, kode: string) =>
        cli.open(async (session) => {
          const document = await session.desaModel.show(cli.actor, dotted(kode));
          cli.out.document(document);
          for (const line of table([
            row(document),
            ...document.instances.map((one) => [
              one.app,
              one.release ?? '—',
              one.observedRelease ?? '—',
              one.health,
              one.url ?? '—',
              one.container ?? '—',
            ]),
          ]))
            cli.out.line(line);
          return 0;
        }),
      ),
    );
};

export const desaCommands = (noun: Command, run: Run): void => {
  listCommand(noun, run);
  showCommand(noun, run);
  starters(noun, run);
  singles(noun, run);
};

const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];
const starters = (noun: Command, run: Run): void => {
  noun
    .command('install [kode...]')
    .description('install desa; starts a rollout')
    .option('--kecamatan <kode>')
    .option('--all')
    .option('--app <apps>', 'comma separated: opensid,pbb,api')
    .option('--release <app@version>', 'repeatable', collect)
    .option('--wait', 'watch to the end')
    .action(run((cli, options: StartOptions, kodes: readonly string[]) => start(cli, 'install', kodes, options)));
  noun
    .command('update <app@version> [kode...]')
    .description('update desa to a release; starts a rollout')
    .option('--kecamatan <kode>')
    .option('--all')
    .option('--release <app@version>', 'further apps in the same rollout, repeatable', collect)
    .option('--wait', 'watch to the end')
    .action(
      run((cli, options: StartOptions, release: string, kodes: readonly string[]) =>
        start(cli, 'update', kodes, { ...options, release: [release, ...(options.release ?? [])] }),
      ),
    );
  for (const kind of ['restart', 'stop', 'start'] as const) {
    noun
      .command(`${kind} [kode...]`)
      .description(`${kind} desa, one or many`)
      .option('--kecamatan <kode>')
      .option('--all')
      .option('--app <apps>')
      .option('--wait', 'watch to the end')
      .action(run((cli, options: StartOptions, kodes: readonly string[]) => start(cli, kind, kodes, options)));
  }
};
const domainCommand = (noun: Command, run: Run): void => {
  noun
    .command('domain <kode> <host>')
    .description('move a desa to another host name; the old one redirects')
    .option('--wait', 'watch to the end')
    .action(
      run((cli, options: StartOptions, kode: string, host: string) =>
        cli.open(async (session) => {
          const wanted = await session.desa.checkHost(cli.actor, dotted(kode), host);
          const request: RolloutRequest = {
            kind: 'domain',
            kodes: [dotted(kode)],
            apps: [],
            releases: {},
            hosts: { [dotted(kode)]: wanted },
          };
          return startAndWatch(cli, session, request, options.wait === true ? 'wait' : 'return');
        }),
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
        const container = await cli.open((session) => session.desa.containerOf(cli.actor, dotted(kode), app));
        if (container === null) throw new AppError('not_installed', { kode, app });
        return printLog(cli, options, (...log) => cli.machine.containerLog(container, ...log));
      }),
    );
};
const passwordCommand = (noun: Command, run: Run): void => {
  noun
    .command('password <kode>')
    .description('first admin password of the site, shown once')
    .action(
      run((cli, _options, kode: string) =>
        cli.open(async (session) => {
          const account = await session.desa.firstPassword(cli.actor, dotted(kode));
          cli.out.document({ kode: dotted(kode), ...account });
          cli.out.line(`${account.username}\t${account.password}`);
          return 0;
        }),
      ),
    );
};
const removeCommand = (noun: Command, run: Run): void => {
  noun
    .command('remove <kode>')
    .description('archive a desa and take it away')
    .requiredOption('--confirm <kode>', 'the same code again')
    .option('--wait', 'watch to the end')
    .action(
      run((cli, options: StartOptions & { readonly confirm: string }, kode: string) => {
        if (dotted(options.confirm) !== dotted(kode))
          throw new AppError('confirmation_mismatch', { expected: dotted(kode) }, { field: 'confirm' });
        return start(cli, 'remove', [kode], options);
      }),
    );
};

const singles = (noun: Command, run: Run): void => {
  domainCommand(noun, run);
  logsCommand(noun, run);
  passwordCommand(noun, run);
  removeCommand(noun, run);
};
