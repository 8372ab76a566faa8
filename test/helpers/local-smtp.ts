import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface LocalSmtp {
  readonly port: number;
  /** Letters as they came, headers and all. */
  readonly letters: readonly string[];
  /** What the next AUTH is answered with. */
  login: string;
  stop(): Promise<void>;
}

/** A mail server of a few words: greets, asks for a login when one is offered, takes letters. */
export const startSmtp = async (): Promise<LocalSmtp> => {
  const letters: string[] = [];
  const sockets = new Set<Socket>();
  const state = { login: '235 2.7.0 Authentication successful' };
  const server = createServer((socket) => {
    sockets.add(socket);
    let [buffer, letter]: [string, string | null] = ['', null];
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    const hear = (line: string): void => {
      if (letter !== null) {
        if (line === '.') {
          letters.push(letter);
          letter = null;
          say('250 2.0.0 Ok: queued as 4WX');
        } else letter += `${line}\n`;
        return;
      }
      const word = line.slice(0, 4).toUpperCase();
      if (word === 'EHLO') socket.write('250-localhost\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n');
      else if (word === 'AUTH') say(state.login);
      else if (word === 'STAR') say('502 5.5.1 Not implemented');
      else if (word === 'DATA') {
        letter = '';
        say('354 End with .');
      } else if (word === 'QUIT') socket.end('221 Bye\r\n');
      else say('250 2.1.0 Ok');
    };
    socket.on('data', (chunk) => {
      buffer += chunk.toString('utf8');
      for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
        hear(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
      }
    });
    socket.on('error', () => undefined);
    say('220 localhost ESMTP');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    letters,
    get login() {
      return state.login;
    },
    set login(line: string) {
      state.login = line;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
};
