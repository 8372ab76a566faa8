import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A wire between a browser and the dashboard that can fall silent, break and be mended. */
export interface Wire {
  readonly origin: string;
  /** Nothing passes any more and nobody is told, as when a cable is pulled. What is on its way is lost. */
  hush(): void;
  /** Every connection dies and new ones are refused. */
  sever(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** From a free port of this machine to the port `to`. */
export const layWire = async (to: number): Promise<Wire> => {
  const open = new Set<Socket>();
  let silent = false;
  const carry = (from: Socket, into: Socket): void => {
    open.add(from);
    from.on('data', (chunk: Buffer) => {
      if (!silent) into.write(chunk);
    });
    from.on('end', () => {
      if (!silent) into.end();
    });
    from.on('error', () => into.destroy());
    from.on('close', () => {
      open.delete(from);
      into.destroy();
    });
  };
  const join = (near: Socket): void => {
    const far = connect(to, '127.0.0.1');
    carry(near, far);
    carry(far, near);
  };
  let server: Server = createServer(join);
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const sever = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    hush() {
      silent = true;
    },
    sever,
    async mend() {
      silent = false;
      server = createServer(join);
      await listen(port);
    },
    close: sever,
  };
};
