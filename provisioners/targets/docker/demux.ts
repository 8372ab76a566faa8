import { once } from 'node:events';

export type StreamName = 'stdout' | 'stderr';

/** Takes apart the engine's multiplexed stream: frames of an 8-byte header (stream, length) and that many bytes. */
export class FrameReader {
  private readonly emit: (stream: StreamName, chunk: Buffer) => void;
  private header = Buffer.alloc(0);
  private stream: StreamName = 'stdout';
  private left = 0;

  constructor(emit: (stream: StreamName, chunk: Buffer) => void) {
    this.emit = emit;
  }

  write(input: Buffer): void {
    let chunk = input;
    while (chunk.length > 0) {
      if (this.left > 0) {
        const piece = chunk.subarray(0, this.left);
        this.left -= piece.length;
        chunk = chunk.subarray(piece.length);
        this.emit(this.stream, piece);
        continue;
      }
      const missing = 8 - this.header.length;
      this.header = Buffer.concat([this.header, chunk.subarray(0, missing)]);
      chunk = chunk.subarray(missing);
      if (this.header.length < 8) return;
      this.stream = this.header[0] === 2 ? 'stderr' : 'stdout';
      this.left = this.header.readUInt32BE(4);
      this.header = Buffer.alloc(0);
    }
  }
}

export interface Sinks {
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
  /** When given it receives standard output, at the pace it can take. */
  readonly pipe?: NodeJS.WritableStream;
}

const asBuffer = (chunk: string | Buffer): Buffer => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk);

/** Reads a multiplexed stream to its end, waiting for `pipe` whenever it is full; ends `pipe` at the end. */
export const demux = async (source: NodeJS.ReadableStream, sinks: Sinks): Promise<void> => {
  let full = false;
  const frames = new FrameReader((stream, chunk) => {
    if (stream === 'stderr') sinks.stderr(chunk);
    else if (sinks.pipe === undefined) sinks.stdout(chunk);
    else full = !sinks.pipe.write(chunk) || full;
  });
  for await (const chunk of source) {
    frames.write(asBuffer(chunk));
    if (full && sinks.pipe !== undefined) await once(sinks.pipe, 'drain');
    full = false;
  }
  if (sinks.pipe === undefined) return;
  const { pipe } = sinks;
  await new Promise<void>((resolve, reject) => {
    pipe.once('error', reject);
    pipe.end(() => resolve());
  });
};
