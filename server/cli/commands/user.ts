import type { Command } from 'commander';
import type { Run } from '../program';

/** People of the dashboard, as far as the terminal needs them. */
export const userCommands = (noun: Command, run: Run): void => {
  noun
    .command('login-link')
    .description('a link that signs in once, within 15 minutes; without --email: the first admin')
    .option('--email <email>', 'whose account')
    .action(
      run((cli, options: { readonly email?: string }) =>
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
