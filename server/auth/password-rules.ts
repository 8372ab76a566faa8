import { AppError } from '../domain/errors';

export const PASSWORD_MIN = 10;
const PASSWORD_MAX = 256;
/** What people choose when ten characters are asked for. */
const COMMON = new Set([
  '1234567890',
  '0123456789',
  'password123',
  'qwertyuiop',
  'indonesia123',
  'admin12345',
  'siappakai123',
  'passw0rd123',
]);

/** Length counts, not kinds of characters; one repeated character, a common one, or the own e-mail is refused. */
export const checkNewPassword = (password: string, email: string): void => {
  if (password.length < PASSWORD_MIN || password.length > PASSWORD_MAX)
    throw new AppError('password_too_short', { least: PASSWORD_MIN }, { field: 'password' });
  const plain = password.toLowerCase();
  if (COMMON.has(plain) || new Set(plain).size < 4 || plain === email.toLowerCase())
    throw new AppError('password_too_common', {}, { field: 'password' });
};
