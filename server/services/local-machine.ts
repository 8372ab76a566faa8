import type { MachineFacts } from '../../provisioners/contracts';
import { judgeMachine, stateOf } from '../domain/server-findings';
import type { Transactor } from '../stores';

const EVERY_MS = 10 * 60_000;

/** Looks at the machine of this installation every ten minutes, and soon after somebody asked; for the worker. */
export class LocalMachine {
  private readonly transact: Transactor;
  private readonly name: string;
  private readonly inspect: () => Promise<MachineFacts>;
  private busy = false;
  constructor(transact: Transactor, name: string, inspect: () => Promise<MachineFacts>) {
    this.transact = transact;
    this.name = name;
    this.inspect = inspect;
  }

  /** True when it looked. */
  async sweep(): Promise<boolean> {
    if (this.busy) return false;
    const server = await this.transact.read.servers.findByName(this.name);
    const fresh = server?.checkedAt != null && Date.now() - server.checkedAt.getTime() < EVERY_MS;
    if (server === null || (fresh && server.facts !== null)) return false;
    this.busy = true;
    try {
      const facts = await this.inspect();
      const findings = judgeMachine(facts);
      await this.transact.read.servers.setChecked(server.id, stateOf(findings), { facts: { ...facts }, findings });
      return true;
    } finally {
      this.busy = false;
    }
  }
}
