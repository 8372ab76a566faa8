import { domainToASCII } from 'node:url';

/** The form in which names are compared: lower case, letters beyond ASCII as xn--. '' = not a name. */
const plain = (name: string): string =>
  name.startsWith('*.') ? `*.${domainToASCII(name.slice(2))}` : domainToASCII(name);

/** True when a certificate for `name` is valid for `host`. A wildcard covers exactly one label. */
export const nameCovers = (name: string, host: string): boolean => {
  const [pattern, wanted] = [plain(name), plain(host)];
  if (wanted === '' || wanted.startsWith('*.')) return false;
  if (!pattern.startsWith('*.')) return pattern === wanted;
  const parent = wanted.slice(wanted.indexOf('.') + 1);
  return wanted.includes('.') && parent.includes('.') && pattern.slice(2) === parent;
};
/** The first of `names` that covers `host`, or null. */
export const coveringName = (names: readonly string[], host: string): string | null =>
  names.find((name) => nameCovers(name, host)) ?? null;
