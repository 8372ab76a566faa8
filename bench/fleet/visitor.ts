import { Agent, get } from 'node:http';
import { Browser } from '../../test/helpers/web-installation';
import { ADMIN } from './plan';

export interface Answer {
  readonly status: number;
  readonly ms: number;
  /** Body as sent, compressed. */
  readonly bytes: number;
}

/** A signed-in admin who asks many times over kept connections. */
export class Visitor {
  readonly browser: Browser;
  private readonly origin: string;
  private readonly agent: Agent;
  constructor(origin: string, sockets: number) {
    this.origin = origin;
    this.browser = new Browser(origin);
    this.agent = new Agent({ keepAlive: true, maxSockets: sockets });
  }

  async signIn(): Promise<void> {
    await this.browser.get('/masuk');
    const answer = await this.browser.post('/masuk', { email: ADMIN.email, password: ADMIN.password });
    if (answer.status !== 303) throw new Error(`sign-in gave ${answer.status}`);
  }

  /** Time until the last byte of the body. */
  ask(where: string): Promise<Answer> {
    const began = performance.now();
    const headers = { cookie: this.browser.cookie, 'accept-encoding': 'gzip', accept: 'text/html' };
    return new Promise((resolve, reject) => {
      const request = get(`${this.origin}${where}`, { agent: this.agent, headers }, (answer) => {
        let bytes = 0;
        answer.on('data', (part: Buffer) => (bytes += part.length));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, ms: performance.now() - began, bytes }));
        answer.on('error', reject);
      });
      request.on('error', reject);
    });
  }
  close(): void {
    this.agent.destroy();
  }
}
