/** The values of a reason as text; "—" when one is absent. */
export type ReasonValues = (name: string) => string;
/** One reason in three parts, and `short` for lists and feeds. */
export interface ReasonText {
  readonly short: (p: ReasonValues) => string;
  readonly what: (p: ReasonValues) => string;
  readonly who: (p: ReasonValues) => string;
  readonly next: (p: ReasonValues) => string;
}
type Part = string | ((p: ReasonValues) => string);
const part = (text: Part): ((p: ReasonValues) => string) => (typeof text === 'string' ? () => text : text);

/** Sentences of one kind share who is hurt. */
export const reasonsOf =
  (who: string) =>
  (short: Part, what: Part, next: Part): ReasonText => ({
    short: part(short),
    what: part(what),
    who: () => who,
    next: part(next),
  });

/** The end of a long id is enough to tell one from another. */
export const shortId = (id: string): string => (id.length > 12 ? `…${id.slice(-6)}` : id);

/** `text` with the value, or nothing when it is not known. */
export const withValue = (p: ReasonValues, name: string, text: (value: string) => string): string => {
  const value = p(name);
  return value === '—' ? '' : text(value);
};

/** As `withValue`, a number of bytes in whole MiB. */
export const withMebibytes = (p: ReasonValues, name: string, text: (size: string) => string): string =>
  withValue(p, name, (bytes) => {
    const size = Math.ceil(Number(bytes) / 1024 ** 2);
    // The page of all messages has no number.
    return text(`${Number.isNaN(size) ? bytes : size} MiB`);
  });
