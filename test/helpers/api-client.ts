import type { ApiWorld } from './api-world';
import { complaints } from './json-schema';

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: unknown }>>;
}
interface OperationObject {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
export interface ApiDocument extends Readonly<Record<string, unknown>> {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
}
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
  readonly headers: Headers;
}
export interface Problem {
  readonly type: string;
  readonly code: string;
  readonly problem: string | null;
  readonly field: string | null;
  readonly message: { readonly id: string; readonly en: string };
  readonly errors: readonly { readonly field: string; readonly problem: string }[];
}
export interface Call {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
}
interface Place {
  readonly method: string;
  readonly path: string;
  readonly object: OperationObject;
}
const placeIn = (document: ApiDocument, name: string): Place => {
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, object] of Object.entries(methods))
      if (object.operationId === name) return { method, path, object };
  throw new Error(`${name} is not in the document`);
};
/** What an answer has against the document; a fault must be a problem document. */
export const wrongIn = (
  document: ApiDocument,
  ...[name, status, body, type = 'application/json']: Parameters<ApiClient['wrong']>
): readonly string[] => {
  const { responses } = placeIn(document, name).object;
  return complaints(status >= 400 ? PROBLEM : responses[String(status)]?.content?.[type]?.schema, body, document);
};
const PROBLEM = { $ref: '#/components/schemas/Problem' };

export const problemOf = (reply: Reply): Problem => reply.body as Problem;
export const fill = (path: string, params: Call['params'] = {}): string =>
  path.replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(params[name] ?? ''));

/** Calls REST by its document alone and holds every answer against it. */
export class ApiClient {
  /** Operations that were called and did what they should. */
  readonly called = new Set<string>();
  readonly document: ApiDocument;
  private readonly origin: string;
  private readonly token: string;
  private constructor(origin: string, token: string, document: ApiDocument) {
    this.origin = origin;
    this.token = token;
    this.document = document;
  }
  static async open(origin: string, world: Pick<ApiWorld, 'token'>): Promise<ApiClient> {
    const document = (await (await fetch(`${origin}/api/v1/openapi.json`)).json()) as ApiDocument;
    return new ApiClient(origin, world.token, document);
  }

  place(name: string): Place {
    return placeIn(this.document, name);
  }
  wrong(name: string, status: number, body: unknown, type?: string): readonly string[] {
    return wrongIn(this.document, name, status, body, type);
  }

  async send(method: string, where: string, call: Call = {}): Promise<Reply> {
    const query = new URLSearchParams(call.query).toString();
    const answer = await fetch(`${this.origin}/api/v1${where}${query === '' ? '' : `?${query}`}`, {
      method: method.toUpperCase(),
      headers: {
        authorization: `Bearer ${call.token ?? this.token}`,
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    return { status: answer.status, text, body: isJson ? JSON.parse(text) : text, headers: answer.headers };
  }

  async act(name: string, call: Call = {}): Promise<Reply> {
    const { method, path } = this.place(name);
    const reply = await this.send(method, fill(path, call.params), call);
    const type = reply.headers.get('content-type')?.split(';')[0] ?? '';
    const said = [name, reply.status, reply.text.slice(0, 300)];
    expect([...said, this.wrong(name, reply.status, reply.body, type)]).toEqual([...said, []]);
    if (reply.status < 400) this.called.add(name);
    return reply;
  }

  /** As `act`, and it must succeed. */
  async good(name: string, call: Call = {}): Promise<Record<string, unknown>> {
    const reply = await this.act(name, call);
    const said = [name, reply.text.slice(0, 400)];
    expect([...said, reply.status < 300]).toEqual([...said, true]);
    return reply.body as Record<string, unknown>;
  }
  async rows(name: string, call: Call = {}): Promise<readonly Record<string, unknown>[]> {
    return Object.values(await this.good(name, call)) as Record<string, unknown>[];
  }
}
