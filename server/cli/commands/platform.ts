import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { stdin, stderr } from 'node:process';
import type { Command } from 'commander';
import { AppError } from '../../domain/errors';
import { table } from '../output';
import type { Cli } from '../context';
import type { Run } from '../program';

interface SetupOptions {
  readonly kabupaten: string;
  readonly domainPattern: string;
  readonly suffix?: string;
  readonly adminEmail: string;
  readonly adminName?: string;
  readonly adminPasswordStdin?: boolean;
  readonly dashboardHost?: string;
}
const firstLine = async (): Promise<string> => {
  const reader = createInterface({ input: stdin, output: stderr, terminal: false });
  for await (const line of reader) return line;
  throw new AppError('invalid_input', { problem: 'empty' }, { field: 'password' });
};

const setUp = (cli: Cli, options: SetupOptions): Promise<number> =>
  cli.open(async (session) => {
    const password = options.adminPasswordStdin === true ? await firstLine() : undefined;
    const result = await session.setup.run(cli.actor, {
      kabupaten: options.kabupaten,
      domainPattern: options.domainPattern,
      suffix: options.suffix ?? null,
      adminEmail: options.adminEmail,
      ...(options.adminName === undefined ? {} : { adminName: options.adminName }),
      ...(password === undefined ? {} : { adminPassword: password }),
    });
    if (options.dashboardHost !== undefined)
      await session.settings.change(cli.actor, { dashboardHost: options.dashboardHost });
    const { urls } = await cli.machine.status();
    const link = result.signInLink === null ? null : `${urls.dashboard}masuk/${result.signInLink.token}`;
    cli.out.document({
      kabupaten: result.kabupaten,
      domainPattern: result.domainPattern,
      admin: result.user.email,
      done: result.done,
      loginLink: link,
    });
    cli.out.line(`${result.kabupaten?.nama ?? ''}: ${result.done ? 'ok' : '…'}${link === null ? '' : `\n${link}`}`);
    return 0;
  });

export const setupCommand = (program: Command, run: Run): void => {
  program
    .command('setup')
    .description('what the first-run pages do')
    .requiredOption('--kabupaten <kode>', 'e.g. 33.05')
    .requiredOption('--domain-pattern <pattern>', 'e.g. {desa}.kec-{kec}.kebumenkab.go.id')
    .requiredOption('--admin-email <email>')
    .option('--suffix <suffix>', 'fills {suffix} of the pattern')
    .option('--admin-name <name>')
    .option('--admin-password-stdin', 'first line of stdin; without it the answer holds a sign-in link')
    .option('--dashboard-host <host>', 'host name of the dashboard behind the proxy')
    .action(run(setUp));
};

const listCommand = (noun: Command, run: Run): void => {
  noun
    .command('list')
    .description('desa of the kabupaten, or all kabupaten')
    .option('--kabupaten', 'all 514 kabupaten and kota')
    .option('--search <text>')
    .action(
      run((cli, options: { readonly kabupaten?: boolean; readonly search?: string }) =>
        cli.open(async (session) => {
          const rows =
            options.kabupaten === true
              ? await session.wilayah.searchKabupaten(cli.actor, options.search ?? '')
              : await session.wilayah.searchDesa(
                  cli.actor,
                  options.search === undefined ? {} : { search: options.search },
                );
          const documents = rows.map((one) => ({ kode: String(one.kode), nama: one.nama, jenis: one.jenis }));
          cli.out.document(documents);
          for (const line of table(documents.map((one) => [one.kode, one.nama, one.jenis]))) cli.out.line(line);
          return 0;
        }),
      ),
    );
};
const showCommand = (noun: Command, run: Run): void => {
  noun
    .command('show <kode>')
    .description('one desa with the regions above it')
    .action(
      run((cli, _options, kode: string) =>
        cli.open(async (session) => {
          const found = await session.wilayah.full(cli.actor, kode);
          cli.out.document(found);
          cli.out.line(
            `${found.desa.kode} ${found.desa.nama}, ${found.kecamatan.nama}, ${found.kabupaten.nama}, ${found.provinsi.nama}`,
          );
          return 0;
        }),
      ),
    );
};
const bringCommand = (noun: Command, run: Run): void => {
  noun
    .command('import <file>')
    .description('a newer list of regions; says what changes, then applies it with --yes')
    .action(
      run((cli, _options, file: string) =>
        cli.open(async (session) => {
          const result = await session.wilayah.importFile(cli.actor, file, cli.out.yes ? 'yes' : 'no');
          cli.out.document(result);
          cli.out.line(
            `${result.dataset.id}: +${result.diff.added.length} −${result.diff.removed.length} ~${result.diff.renamed.length}${result.applied ? '' : ' (--yes applies it)'}`,
          );
          return 0;
        }),
      ),
    );
};

export const wilayahCommands = (noun: Command, run: Run): void => {
  listCommand(noun, run);
  showCommand(noun, run);
  bringCommand(noun, run);
};

/** `5`, `["a.id"]` and `null` are what they look like; everything else is text. */
const settingValue = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
export const settingCommands = (noun: Command, run: Run): void => {
  noun
    .command('list')
    .description('all settings with their values')
    .action(
      run((cli) =>
        cli.open(async (session) => {
          const settings = await session.settings.read(cli.actor);
          cli.out.document(settings);
          for (const line of table(Object.entries(settings).map(([key, value]) => [key, JSON.stringify(value)])))
            cli.out.line(line);
          return 0;
        }),
      ),
    );
  noun
    .command('set <key> <value>')
    .description('change one setting; JSON or text')
    .action(
      run((cli, _options, key: string, value: string) =>
        cli.open(async (session) => {
          const settings = await session.settings.change(cli.actor, { [key]: settingValue(value) });
          const changed = new Map<string, unknown>(Object.entries(settings)).get(key);
          cli.out.document({ [key]: changed });
          cli.out.line(`${key} ${JSON.stringify(changed)}`);
          return 0;
        }),
      ),
    );
};

export const databaseCommands = (noun: Command, run: Run): void => {
  noun
    .command('shell')
    .description('the shared database as schema owner; audited')
    .option('-e, --execute <sql>')
    .action(run((cli, options: { readonly execute?: string }) => cli.machine.databaseShell(options.execute ?? null)));
  noun
    .command('dump <file>')
    .description('a verified dump of the shared database')
    .action(
      run(async (cli, _options, file: string) => {
        const dump = await cli.machine.databaseDump(file, new AbortController().signal);
        cli.out.document({ file, ...dump });
        cli.out.line(`${file}: ${dump.tables} tables, ${dump.bytes} bytes, sha256 ${dump.sha256}`);
        return 0;
      }),
    );
};

interface AddOptions {
  readonly user?: string;
  readonly port?: string;
  readonly key?: string;
  readonly passwordStdin?: boolean;
  readonly hostKey?: string;
}
export const serverCommands = (noun: Command, run: Run): void => {
  noun
    .command('list')
    .description('machines')
    .action(
      run((cli) =>
        cli.open(async (session) => {
          const rows = await session.servers.list(cli.actor);
          cli.out.document(rows);
          for (const line of table(rows.map((one) => [one.name, one.state, one.target]))) cli.out.line(line);
          return 0;
        }),
      ),
    );
  noun
    .command('add <name> <host>')
    .description('enrol and check a machine over SSH')
    .option('--user <user>')
    .option('--port <port>')
    .option('--key <file>', 'private key file')
    .option('--password-stdin')
    .option('--host-key <fingerprint>', 'SHA256:… as the machine shows it')
    .action(run((cli, options: AddOptions, name: string, host: string) => addServer(cli, options, name, host)));
};

const addServer = (cli: Cli, options: AddOptions, name: string, host: string): Promise<number> =>
  cli.open(async (session) => {
    const login =
      options.key === undefined
        ? ({ kind: 'password', password: await firstLine() } as const)
        : ({ kind: 'key', privateKey: await readFile(options.key, 'utf8') } as const);
    const server = await session.servers.add(cli.actor, {
      name,
      host,
      user: options.user ?? userInfo().username,
      port: Number(options.port ?? '22'),
      hostKey: options.hostKey ?? null,
      login,
    });
    cli.out.document(server);
    cli.out.line(`${server.name}: ${server.state}`);
    for (const finding of server.facts?.findings ?? []) cli.out.line(`   ${JSON.stringify(finding)}`);
    return server.state === 'ready' ? 0 : 1;
  });
