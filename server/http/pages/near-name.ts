const MOST_MISTAKES = 3;

/** Letters to add, drop or change to get from one word to the other. */
const distance = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let at = 1; at <= left.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= right.length; to += 1) {
      const change = (row[to - 1] ?? 0) + (left[at - 1] === right[to - 1] ? 0 : 1);
      next.push(Math.min(change, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
};

/** The name somebody probably meant; null when none is near. */
export const didYouMean = (search: string, names: readonly string[]): string | null => {
  const wanted = search.toLowerCase();
  const [best] = [...new Set(names)]
    .map((name) => ({ name, mistakes: distance(wanted, name.toLowerCase()) }))
    .sort((left, right) => left.mistakes - right.mistakes);
  if (best === undefined || best.mistakes > Math.min(MOST_MISTAKES, Math.floor(wanted.length / 2))) return null;
  return best.name;
};
