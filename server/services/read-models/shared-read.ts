/**
 * Lets questions that come while an answer is being read share the next reading. A reading that had begun before the question is never
 * given: what somebody just wrote is always in it.
 */
export class SharedRead<T> {
  private readonly read: () => Promise<T>;
  private running: Promise<T> | null = null;
  private next: Promise<T> | null = null;
  constructor(read: () => Promise<T>) {
    this.read = read;
  }

  ask(): Promise<T> {
    if (this.running === null) return this.begin();
    this.next ??= this.running.then(
      () => this.begin(),
      () => this.begin(),
    );
    return this.next;
  }

  private begin(): Promise<T> {
    this.next = null;
    const mine = this.read().finally(() => {
      if (this.running === mine) this.running = null;
    });
    this.running = mine;
    return mine;
  }
}
