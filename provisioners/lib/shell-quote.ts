import { ProvisionError } from '../contracts';

const PLAIN = /^[A-Za-z0-9_/:.,@%+-]+$/;

const quote = (argument: string): string => {
  if (argument.includes('\0'))
    throw new ProvisionError('invalid', 'an argument holds a zero byte', { reason: 'zero_byte' });
  return PLAIN.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
};

/** One command line for a POSIX shell that gives exactly these arguments: SSH knows command lines only. The only such function. */
export const shellQuote = (argv: readonly string[]): string => {
  if (argv.length === 0 || argv[0] === '') throw new ProvisionError('invalid', 'no command', { reason: 'no_command' });
  return argv.map(quote).join(' ');
};
