import { createInterface } from 'node:readline/promises';
import { stdin, stderr } from 'node:process';
import type { Command } from 'commander';
import { AppError } from '../../domain/errors';
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
/** The first line somebody pipes in: secrets are no arguments. */
export const firstLine = async (): Promise<string> => {
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
