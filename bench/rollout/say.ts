/** A line for whoever waits, with the time of day. */
export const say = (line: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`);

/** Says what is done, does it, and keeps its seconds under that name. */
export const timed = async <T>(
  seconds: Record<string, number | null>,
  what: string,
  work: () => Promise<T>,
): Promise<T> => {
  say(what);
  const began = Date.now();
  const result = await work();
  seconds[what] = Math.round((Date.now() - began) / 100) / 10;
  return result;
};
