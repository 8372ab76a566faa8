/** Numbers that look like chance and are the same in every run. */
export interface Chance {
  /** 0 ≤ x < 1 */
  next(): number;
  below(limit: number): number;
  between(low: number, high: number): number;
  text(letters: string, length: number): string;
}

export const makeChance = (seed: number): Chance => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    between: (low, high) => low + next() * (high - low),
    text: (letters, length) => Array.from({ length }, () => letters.charAt(below(letters.length))).join(''),
  };
};

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** A ULID of that moment: ids sort by time as the product's own do. */
export const idAt = (at: Date, chance: Chance): string => {
  let left = at.getTime();
  let time = '';
  for (let place = 0; place < 10; place += 1) {
    time = CROCKFORD.charAt(left % 32) + time;
    left = Math.floor(left / 32);
  }
  return time + chance.text(CROCKFORD, 16);
};
