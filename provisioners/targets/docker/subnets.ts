/** IPv4 arithmetic for choosing subnets; addresses as unsigned numbers. */
export interface Block {
  readonly first: number;
  readonly last: number;
}

/** 10.200.0.0/22 → first and last address; null when it is not an IPv4 CIDR. */
export const blockOf = (cidr: string): Block | null => {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  if (found === null) return null;
  const [a = 256, b = 256, c = 256, d = 256, length = 33] = found.slice(1).map(Number);
  if ([a, b, c, d].some((part) => part > 255) || length > 32) return null;
  const size = 2 ** (32 - length);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1 };
};

export const dotted = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');

/** Bytes as the kernel of this machine writes them: the lowest one first. */
const swapped = (hex: string): number => Number.parseInt((hex.match(/../g) ?? []).reverse().join(''), 16);
/** What `/proc/net/route` leads to, default routes left out: a bridge without a plug is there, too. */
export const routedSubnets = (routes: string): readonly string[] =>
  routes
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, destination = '', , , , , , mask = ''] = line.split('\t');
      const length = (swapped(mask) >>> 0).toString(2).replaceAll('0', '').length;
      return /^[1-9A-F]/i.test(mask.replace(/^0+/, '')) ? [`${dotted(swapped(destination))}/${length}`] : [];
    });

const overlaps = (a: Block, b: Block): boolean => a.first <= b.last && b.first <= a.last;

/** Free subnets of that prefix length in the pools, lowest first. */
export function* freeSubnets(
  pools: readonly string[],
  prefixLength: number,
  taken: readonly string[],
): Generator<string> {
  const size = 2 ** (32 - prefixLength);
  const used = taken.map(blockOf).filter((block) => block !== null);
  for (const pool of pools.map(blockOf)) {
    if (pool === null) continue;
    let first = pool.first;
    while (first + size - 1 <= pool.last) {
      const candidate = { first, last: first + size - 1 };
      const hit = used.find((block) => overlaps(block, candidate));
      if (hit === undefined) yield `${dotted(first)}/${prefixLength}`;
      first += size;
      // Past the whole obstacle at once: a /8 in use would otherwise cost thousands of steps.
      if (hit !== undefined && hit.last >= first) first = Math.ceil((hit.last + 1) / size) * size;
    }
  }
}
