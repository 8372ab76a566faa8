import { z } from 'zod';
import type { Server } from '../../domain/server';
import { addServerFields, serverAddressFields, serverName } from '../../domain/server-request';
import { amount, id, iso, time } from './fields';
import { listOperation } from './list-operation';
import { operation } from './operation';

const params = z.strictObject({ name: serverName });
/** Used once and kept nowhere. */
const login = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('password'), password: z.string().min(1).max(500) }),
  z.strictObject({ kind: z.literal('key'), privateKey: z.string().min(1).max(20_000) }),
]);
const { port, user, ...address } = serverAddressFields;
const usual = { port: port.default(22), user: user.default('root') };
const fact = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const serverDocument = z.object({
  id,
  name: z.string(),
  target: z.string(),
  ssh: z.object({ host: z.string(), port: z.int(), user: z.string() }).nullable(),
  hostKey: z.string().nullable(),
  state: z.enum(['ready', 'unfit', 'unreachable']),
  facts: z
    .object({
      facts: z.record(z.string(), fact),
      findings: z
        .array(
          z.object({ code: z.string(), severity: z.enum(['error', 'warning']), params: z.record(z.string(), fact) }),
        )
        .readonly(),
    })
    .nullable(),
  parallel: amount,
  checkedAt: time.nullable(),
});
const answer = (one: Server): z.input<typeof serverDocument> => ({
  ...one,
  checkedAt: iso(one.checkedAt),
});

export const serverList = listOperation({
  name: 'server.list',
  summary: 'Machines that carry desa',
  method: 'get',
  path: '/servers',
  action: 'server.read',
  cli: ['server list'],
  screens: ['get /server'],
  item: serverDocument,
  key: (one) => one.name,
  order: 'asc',
  columns: [
    { name: 'name', of: (one) => one.name },
    { name: 'state', of: (one) => one.state },
    { name: 'target', of: (one) => one.target },
    { name: 'host', of: (one) => one.ssh?.host ?? null },
  ],
  rows: async ({ deps, actor }) => (await deps.servers.list(actor)).map(answer),
});

export const serverShow = operation({
  name: 'server.show',
  summary: 'One machine with what was found on it',
  method: 'get',
  path: '/servers/{name}',
  action: 'server.read',
  cli: ['server show'],
  screens: ['get /server/:name'],
  params,
  answer: serverDocument,
  run: async ({ deps, actor }, { name }) => answer(await deps.servers.find(actor, name)),
});

export const serverKeys = operation({
  name: 'server.keys',
  summary: 'The host keys a machine shows, to compare on the machine itself; nothing is sent to it',
  method: 'post',
  path: '/servers/host-keys',
  action: 'server.write',
  cli: ['server keys'],
  screens: ['get /server/baru', 'post /server/baru'],
  body: z.strictObject({ ...address, ...usual }),
  answer: z.array(z.object({ type: z.string(), fingerprint: z.string() })).readonly(),
  run: ({ deps, actor }, input) => deps.servers.hostKeys(actor, input),
});

export const serverAdd = operation({
  name: 'server.add',
  summary: 'Enrol and check a machine over SSH; refused without the host key that a person compared',
  method: 'post',
  path: '/servers',
  action: 'server.write',
  cli: ['server add'],
  screens: ['post /server'],
  status: 201,
  body: z.strictObject({ ...addServerFields, ...usual, hostKey: addServerFields.hostKey.default(null), login }),
  answer: serverDocument,
  run: async ({ deps, actor }, input) => answer(await deps.servers.add(actor, input)),
});

export const serverCheck = operation({
  name: 'server.check',
  summary: 'Look at a machine again; this one without a login, by the worker within seconds',
  method: 'post',
  path: '/servers/{name}/check',
  action: 'server.write',
  cli: ['server check'],
  screens: ['post /server/:name/periksa'],
  params,
  body: z.strictObject({ login: login.nullable().default(null) }),
  answer: serverDocument,
  async run({ deps, actor }, { name, login: given }) {
    if (given !== null) return answer(await deps.servers.check(actor, name, given));
    await deps.servers.askLocalCheck(actor, name);
    return answer(await deps.servers.find(actor, name));
  },
});

export const serverRemove = operation({
  name: 'server.remove',
  summary: 'Forget a machine that carries nothing; the machine itself is left as it is',
  method: 'delete',
  path: '/servers/{name}',
  action: 'server.write',
  cli: ['server remove'],
  screens: ['get /server/:name/hapus', 'post /server/:name/hapus'],
  params,
  answer: z.object({ name: z.string(), removed: z.boolean() }),
  async run({ deps, actor }, { name }) {
    await deps.servers.remove(actor, name);
    return { name, removed: true };
  },
});
