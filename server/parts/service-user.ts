import { run } from '../../provisioners/lib/run';
import { AppError } from '../domain/errors';

/** The user without rights that web runs as. */
export const SERVICE_USER = 'siappakai';

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** null when there is no such user. */
export const userIds = async (name: string): Promise<UserIds | null> => {
  const [user, group] = await Promise.all([run(['id', '-u', name]), run(['id', '-g', name])]);
  if (user.exitCode !== 0 || group.exitCode !== 0) return null;
  return { uid: Number(user.stdout), gid: Number(group.stdout) };
};

/** Creates the system user when it is missing; two at once end with one. */
export const ensureServiceUser = async (): Promise<UserIds> => {
  const known = await userIds(SERVICE_USER);
  if (known !== null) return known;
  const shape = ['--home-dir', '/nonexistent', '--no-create-home', '--shell', '/usr/sbin/nologin'];
  const made = await run(['useradd', '--system', '--user-group', ...shape, SERVICE_USER]);
  const ids = await userIds(SERVICE_USER);
  if (ids === null) throw new AppError('service_user_missing', { user: SERVICE_USER, exitCode: made.exitCode });
  return ids;
};
