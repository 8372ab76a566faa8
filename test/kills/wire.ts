import { Readable } from 'node:stream';
import { ProvisionError, type ProvisionCode } from '../../provisioners/contracts';
import { NotMeasured } from '../../server/steps/public-probe';
import type { Spot } from './hooks';

/** Where a worker is to stop: the `turn`-th time it comes by. */
export interface Stop extends Spot {
  readonly turn: number;
}
interface Failure {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly details: ProvisionError['details'];
}
/** What a worker in a process of its own tells the one that holds its outside world … */
export type FromWorker =
  | {
      readonly say: 'call';
      readonly id: number;
      readonly on: string;
      readonly name: string;
      readonly given: readonly unknown[];
    }
  | { readonly say: 'abort'; readonly id: number }
  | { readonly say: 'passed'; readonly spot: Spot }
  | { readonly say: 'stopped'; readonly spot: Spot }
  | { readonly say: 'ready' }
  | { readonly say: 'busy'; readonly count: number };
/** … and what it hears. */
export type ToWorker =
  | { readonly say: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly say: 'failed'; readonly id: number; readonly failure: Failure }
  | { readonly say: 'begin' }
  | { readonly say: 'stop'; readonly at: Stop | null }
  | { readonly say: 'go' }
  | { readonly say: 'how_busy' };

const SIGNAL = '$signal';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Whatever realm it was made in: tests have one of their own. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return isObject(prototype) && Object.getPrototypeOf(prototype) === null;
};
const mapped = (value: unknown, one: (value: unknown) => unknown): unknown => {
  const changed = one(value);
  if (changed !== value || !isObject(value) || !isPlain(value)) return changed;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, one(inner)]));
};
/** Signals and functions do not cross: a signal becomes its word, a function nothing. */
const packed = (value: unknown): unknown =>
  mapped(value, (one) => (one instanceof AbortSignal ? SIGNAL : typeof one === 'function' ? undefined : one));
const unpacked = (value: unknown, signal: AbortSignal): unknown =>
  mapped(value, (one) => (one === SIGNAL ? signal : one));

const failureOf = (error: unknown): Failure => {
  if (error instanceof ProvisionError)
    return { name: 'ProvisionError', code: error.code, message: error.message, details: error.details };
  if (error instanceof NotMeasured) return { name: 'NotMeasured', code: error.cause_, message: '', details: {} };
  return { name: 'Error', code: '', message: String(error), details: {} };
};
const errorOf = ({ name, code, message, details }: Failure): Error => {
  if (name === 'ProvisionError') return new ProvisionError(code as ProvisionCode, message, { ...details });
  return name === 'NotMeasured' ? new NotMeasured(code) : new Error(message);
};

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}
export interface ParentWire {
  /** The outside world behind the wire. `facts` = what is no function of it. */
  remote<T extends object>(on: string, facts?: Partial<T>): T;
  send(message: FromWorker): void;
  hear(message: ToWorker): boolean;
}
const signalIn = (given: readonly unknown[]): AbortSignal | undefined =>
  given
    .flatMap((one) => (isObject(one) && !(one instanceof AbortSignal) ? Object.values(one) : [one]))
    .find((one): one is AbortSignal => one instanceof AbortSignal);

/** The worker's end: every call of what is outside goes to the parent. */
export const wireToParent = (send: (message: FromWorker) => void): ParentWire => {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  const call = (on: string, name: string, given: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = (last += 1);
      waiting.set(id, { resolve, reject });
      send({ say: 'call', id, on, name, given: given.map(packed) });
      signalIn(given)?.addEventListener('abort', () => send({ say: 'abort', id }), { once: true });
    });
  const remote = <T extends object>(on: string, facts: Partial<T> = {}): T =>
    new Proxy<object>(facts, {
      get(target, name): unknown {
        if (typeof name !== 'string' || name === 'then') return undefined;
        if (name in target) return Reflect.get(target, name);
        const stream = name === 'exportFolder';
        return async (...given: readonly unknown[]) => {
          const result = await call(on, name, given);
          return stream ? Readable.from([result]) : result;
        };
      },
    }) as T;
  return {
    remote,
    send,
    hear(message) {
      if (message.say !== 'answer' && message.say !== 'failed') return false;
      const one = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.say === 'answer') one?.resolve(message.result);
      else one?.reject(errorOf(message.failure));
      return true;
    },
  };
};

const wholeOf = async (stream: NodeJS.ReadableStream): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part as Buffer));
  return Buffer.concat(parts);
};
/** Does what a worker called; one that is gone meanwhile never hears, but what it called is done. */
export const makeAnswers = (
  things: () => Readonly<Record<string, object>>,
  isAway: (on: string) => boolean,
): ((message: FromWorker, send: (message: ToWorker) => void) => Promise<void>) => {
  const ends = new Map<number, AbortController>();
  const away = (on: string): void => {
    if (isAway(on)) throw new ProvisionError('unreachable', `${on} does not answer`);
  };
  return async (message, send) => {
    if (message.say === 'abort') ends.get(message.id)?.abort();
    if (message.say !== 'call') return;
    const { id, on, name, given } = message;
    const end = new AbortController();
    ends.set(id, end);
    try {
      away(on);
      const thing = things()[on] ?? {};
      const act: unknown = Reflect.get(thing, name, thing);
      if (typeof act !== 'function') throw new Error(`nothing called ${on}.${name}`);
      const result: unknown = await Reflect.apply(
        act,
        thing,
        given.map((one) => unpacked(one, end.signal)),
      );
      away(on);
      send({ say: 'answer', id, result: result instanceof Readable ? await wholeOf(result) : result });
    } catch (error) {
      send({ say: 'failed', id, failure: failureOf(error) });
    } finally {
      ends.delete(id);
    }
  };
};
