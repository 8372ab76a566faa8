import type { Command } from 'commander';
import { AppError } from '../../domain/errors';
import {
  accountChange,
  accountPassword,
  accountSessionList,
  accountSessionRevoke,
  accountShow,
  accountTokenCreate,
  accountTokenList,
  accountTokenRevoke,
} from '../../services/operations/account';
import type { Session } from '../context';
import { contextOf, listing, showing } from '../perform';
import type { Run } from '../program';
import { firstLine } from './setup';

interface Whose {
  readonly email?: string;
}
/** The account a command is about: the one that is named, else the first admin. */
const accountOf = async (session: Session, { email }: Whose): Promise<string> => {
  const users = await session.transact.read.users.list();
  const wanted = email?.trim().toLowerCase() ?? null;
  const user = users.find((one) => (wanted === null ? one.role === 'admin' : one.email === wanted));
  if (user === undefined)
    throw new AppError(wanted === null ? 'not_set_up' : 'not_found', { email: wanted }, { field: 'email' });
  return user.id;
};
const whose = (command: Command): Command =>
  command.option('--email <email>', 'whose account; without it: the first admin');
const idOf = (_options: Whose, id = ''): { readonly id: string } => ({ id });

const linkCommand = (noun: Command, run: Run): void => {
  whose(noun.command('login-link'))
    .description('a link that signs in once, within 15 minutes')
    .action(
      run((cli, options: Whose) =>
        cli.open(async (session) => {
          const link = await session.auth.createSignInLink(cli.actor, options.email ?? null);
          const { urls } = await cli.machine.status();
          const loginLink = `${urls.dashboard}masuk/${link.token}`;
          cli.out.document({ email: link.user.email, loginLink, expiresAt: link.expiresAt.toISOString() });
          cli.out.line(loginLink);
          return 0;
        }),
      ),
    );
};

const passwordCommand = (noun: Command, run: Run): void => {
  whose(noun.command('password'))
    .description('a new password, from the first line of stdin; ends every sign-in of the account')
    .action(
      run((cli, options: Whose) =>
        cli.open(async (session) => {
          const context = contextOf(cli, session, await accountOf(session, options));
          const user = await accountPassword.call(context, { password: await firstLine() });
          cli.out.document(user);
          cli.out.line(user.email);
          return 0;
        }),
      ),
    );
};

interface TokenOptions extends Whose {
  readonly full?: boolean;
  readonly days?: number;
  readonly forever?: boolean;
}
const tokenCommands = (noun: Command, run: Run): void => {
  listing(whose(noun.command('list')).description(accountTokenList.summary), run, accountTokenList, {
    input: () => ({}),
    account: accountOf,
  });
  showing(
    whose(noun.command('create <name>'))
      .description('make a personal token for REST; it is shown once')
      .option('--full', 'may do all its owner may; without it: only read')
      .option('--days <n>', 'how long it works, usually 365', (text) => Number(text))
      .option('--forever', 'never ends by itself'),
    run,
    accountTokenCreate,
    {
      input: ({ full, days, forever }: TokenOptions, name = '') => ({
        name,
        access: full === true ? ('full' as const) : ('read' as const),
        days: forever === true ? null : (days ?? 365),
      }),
      lines: ({ token }) => [token],
      account: accountOf,
    },
  );
  showing(whose(noun.command('revoke <id>')).description(accountTokenRevoke.summary), run, accountTokenRevoke, {
    input: idOf,
    lines: ({ name, state }) => [`${name} ${state}`],
    account: accountOf,
  });
};
const sessionCommands = (noun: Command, run: Run): void => {
  listing(whose(noun.command('list')).description(accountSessionList.summary), run, accountSessionList, {
    input: () => ({}),
    account: accountOf,
  });
  showing(whose(noun.command('revoke <id>')).description(accountSessionRevoke.summary), run, accountSessionRevoke, {
    input: idOf,
    account: accountOf,
  });
};

/** People of the dashboard, as far as the terminal needs them. */
export const userCommands = (noun: Command, run: Run): void => {
  linkCommand(noun, run);
  showing(whose(noun.command('show')).description('who an account is'), run, accountShow, {
    input: () => ({}),
    account: accountOf,
  });
  showing(
    whose(noun.command('change'))
      .description('name and language of an account')
      .option('--name <name>')
      .option('--locale <locale>', 'id or en'),
    run,
    accountChange,
    {
      input: ({ name, locale }: Whose & { readonly name?: string; readonly locale?: 'id' | 'en' }) => ({
        ...(name === undefined ? {} : { name }),
        ...(locale === undefined ? {} : { locale }),
      }),
      account: accountOf,
    },
  );
  passwordCommand(noun, run);
  tokenCommands(noun.command('token').description('personal tokens for REST'), run);
  sessionCommands(noun.command('session').description('where somebody is signed in'), run);
};
