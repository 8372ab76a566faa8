/** For how long an answer may be given again, as long as nothing was written that this process heard of. */
export interface Keep {
  readonly ms: number;
  /** Grows with every change. */
  readonly changes: { readonly count: number };
}
const NEVER: Keep = { ms: 0, changes: { count: 0 } };
interface Reading<T> {
  readonly answer: Promise<T>;
  readonly begun: number;
  readonly changes: number;
}

/**
 * Lets questions that come while an answer is being read share the next reading. A reading that had begun before the question is never
 * given: what somebody just wrote is always in it. With `keep` it is, for a moment, when nobody wrote since it began.
 */
export class SharedRead<T> {
  private readonly read: () => Promise<T>;
  private readonly keep: Keep;
  private running: Promise<T> | null = null;
  private next: Promise<T> | null = null;
  private last: Reading<T> | null = null;
  constructor(read: () => Promise<T>, keep: Keep = NEVER) {
    this.read = read;
    this.keep = keep;
  }

  ask(): Promise<T> {
    const { last, keep } = this;
    if (last !== null && last.changes === keep.changes.count && performance.now() - last.begun < keep.ms)
      return last.answer;
    if (this.running === null) return this.begin();
    this.next ??= this.running.then(
      () => this.begin(),
      () => this.begin(),
    );
    return this.next;
  }

  private begin(): Promise<T> {
    this.next = null;
    const reading = { begun: performance.now(), changes: this.keep.changes.count };
    const mine = this.read().finally(() => {
      if (this.running === mine) this.running = null;
    });
    this.running = mine;
    this.last = { ...reading, answer: mine };
    mine.catch(() => {
      if (this.last?.answer === mine) this.last = null;
    });
    return mine;
  }
}
