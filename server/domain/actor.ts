/** Who asks. Every service call carries one. */
export interface Actor {
  readonly kind: 'user' | 'terminal' | 'system';
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Region the role is limited to; null = the whole installation. */
  readonly wilayahKode: string | null;
}
export type Role = 'admin' | 'observer' | 'system';
export const SYSTEM: Actor = { kind: 'system', id: 'system', name: 'SiapPakai', role: 'system', wilayahKode: null };
export const TERMINAL: Actor = { kind: 'terminal', id: 'terminal', name: 'terminal', role: 'admin', wilayahKode: null };
