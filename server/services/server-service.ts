import { ulid } from 'ulid';
import { z } from 'zod';
import {
  ProvisionError,
  type HostKey,
  type MachineAccess,
  type SshAddress,
  type SshLogin,
} from '../../provisioners/contracts';
import { authorize } from '../auth/permission';
import type { Actor } from '../domain/actor';
import { AppError } from '../domain/errors';
import type { Server, ServerFacts } from '../domain/server';
import { addServerFields } from '../domain/server-request';
import { judgeMachine, stateOf } from '../domain/server-findings';
import type { Transactor } from '../stores';
import { recordAudit } from './audit-service';
import { parseInput } from './user-service';

export interface ServerDeps {
  readonly transactor: Transactor;
  readonly access: MachineAccess;
}
const addSchema = z.object(addServerFields);
export interface AddServer extends z.input<typeof addSchema> {
  readonly login: SshLogin;
}
const KEY_FORM = /^(\S+) (SHA256:\S+)$/;
const pinText = (key: HostKey): string => `${key.type} ${key.fingerprint}`;

/** Machines that will carry villages: enrolled over SSH, their host key pinned, checked, never changed here. */
export class ServerService {
  private readonly deps: ServerDeps;
  constructor(deps: ServerDeps) {
    this.deps = deps;
  }

  async list(actor: Actor): Promise<readonly Server[]> {
    authorize(actor, 'server.read');
    return this.deps.transactor.read.servers.list();
  }

  async find(actor: Actor, name: string): Promise<Server> {
    authorize(actor, 'server.read');
    return this.need(name);
  }

  /** The keys a machine shows; nothing is sent to it. Compare with `ssh-keygen -lf` on the machine itself. */
  async hostKeys(actor: Actor, address: SshAddress): Promise<readonly HostKey[]> {
    authorize(actor, 'server.write');
    return translated(this.deps.access.readHostKeys(address));
  }

  /**
   * Enrols a machine. Without `hostKey` it refuses with AppError('host_key_unconfirmed', { fingerprint, type }): ask a
   * person and call again with it. Unfit machines are kept with their findings. The same again is a check.
   */
  async add(actor: Actor, input: AddServer): Promise<Server> {
    authorize(actor, 'server.write');
    const { login, ...rest } = input;
    const fields = parseInput(addSchema, rest);
    const address = { host: fields.host, port: fields.port, user: fields.user };
    const known = await this.deps.transactor.read.servers.findByName(fields.name);
    if (known !== null) return this.again(actor, known, address, login);
    const pinned = await this.confirm(address, fields.hostKey);
    const facts = await this.look(address, login, pinned);
    const id = ulid();
    return this.deps.transactor.run(async (stores) => {
      const state = stateOf(facts.findings);
      const hostKey = pinText(pinned);
      const fresh = {
        id,
        name: fields.name,
        target: 'docker',
        engineUrl: null,
        ssh: address,
        hostKey,
        state,
        facts,
        parallel: 4,
      };
      await stores.servers.create(fresh);
      await recordAudit(stores, actor, {
        act: 'server.add',
        object: `server:${fields.name}`,
        after: { ...address, hostKey, state },
      });
      return { ...fresh, checkedAt: new Date() };
    });
  }

  /** Looks again. A machine that cannot be reached or shows another key is marked so, and the error goes on. */
  async check(actor: Actor, name: string, login: SshLogin): Promise<Server> {
    authorize(actor, 'server.write');
    const server = await this.need(name);
    if (server.ssh === null) throw new AppError('conflict', { reason: 'local_server', name });
    const pinned = pinOf(server);
    try {
      const facts = await this.look(server.ssh, login, pinned);
      await this.deps.transactor.read.servers.setChecked(server.id, stateOf(facts.findings), facts);
    } catch (error) {
      if (error instanceof AppError && error.code === 'ssh_unreachable')
        await this.deps.transactor.read.servers.setChecked(server.id, 'unreachable', null);
      throw error;
    }
    return this.need(name);
  }

  /** Asks the worker to look at the machine we run on; it does so within seconds. */
  async askLocalCheck(actor: Actor, name: string): Promise<void> {
    authorize(actor, 'server.write');
    const server = await this.need(name);
    if (server.ssh !== null) throw new AppError('conflict', { reason: 'remote_server', name });
    await this.deps.transactor.read.servers.forgetCheck(server.id);
  }

  /** Forgets a machine that carries nothing; the machine itself is left as it is. */
  async remove(actor: Actor, name: string): Promise<void> {
    authorize(actor, 'server.write');
    const server = await this.need(name);
    if (server.ssh === null) throw new AppError('conflict', { reason: 'local_server', name });
    await this.deps.transactor.run(async (stores) => {
      if ((await stores.instances.all()).some((one) => one.serverId === server.id))
        throw new AppError('conflict', { reason: 'server_in_use', name });
      await stores.servers.remove(server.id);
      await recordAudit(stores, actor, { act: 'server.remove', object: `server:${name}`, before: { ...server.ssh } });
    });
  }

  private async again(actor: Actor, known: Server, address: SshAddress, login: SshLogin): Promise<Server> {
    const { ssh } = known;
    const same = ssh?.host === address.host && ssh.port === address.port && ssh.user === address.user;
    if (!same) throw new AppError('name_taken', { name: known.name }, { field: 'name' });
    return this.check(actor, known.name, login);
  }

  private async confirm(address: SshAddress, wanted: string | null): Promise<HostKey> {
    const offered = await translated(this.deps.access.readHostKeys(address));
    const [preferred] = offered;
    if (preferred === undefined) throw new AppError('ssh_failed', { host: address.host });
    if (wanted === null)
      throw new AppError('host_key_unconfirmed', { host: address.host, ...preferred }, { field: 'hostKey' });
    const found = offered.find((one) => one.fingerprint === wanted);
    if (found !== undefined) return found;
    const params = { host: address.host, expected: wanted, actual: preferred.fingerprint };
    throw new AppError('host_key_changed', params, { field: 'hostKey' });
  }

  private async look(address: SshAddress, login: SshLogin, pinned: HostKey): Promise<ServerFacts> {
    const session = await translated(this.deps.access.connect(address, login, pinned));
    try {
      const facts = await translated(this.deps.access.inspect(session, login));
      return { facts: { ...facts }, findings: judgeMachine(facts) };
    } finally {
      session.close();
    }
  }

  private async need(name: string): Promise<Server> {
    const server = await this.deps.transactor.read.servers.findByName(name);
    if (server === null) throw new AppError('not_found', { object: 'server', name });
    return server;
  }
}

const pinOf = (server: Server): HostKey => {
  const found = KEY_FORM.exec(server.hostKey ?? '');
  const type = (['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa'] as const).find((one) => one === found?.[1]);
  if (found?.[2] === undefined || type === undefined) throw new AppError('internal');
  return { type, fingerprint: found[2] };
};

/** Refusals of the machine as errors for people. */
const translated = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error;
    const options = { cause: error };
    if (error.details['reason'] === 'host_key') throw new AppError('host_key_changed', error.details, options);
    if (error.code === 'refused') throw new AppError('ssh_refused', error.details, options);
    if (error.details['reason'] === 'private_key')
      throw new AppError('invalid_input', error.details, { field: 'key', cause: error });
    const unreachable = error.code === 'unreachable' || error.code === 'timeout';
    throw new AppError(unreachable ? 'ssh_unreachable' : 'ssh_failed', error.details, options);
  }
};
