import { StringDecoder } from 'node:string_decoder';

/** Cuts a byte stream into lines without their line ends; a line longer than `limit` characters is handed out in pieces. */
export class LineCutter {
  private readonly decoder = new StringDecoder('utf8');
  private readonly emit: (line: string) => void;
  private readonly limit: number;
  private rest = '';

  constructor(emit: (line: string) => void, limit = 64 * 1024) {
    this.emit = emit;
    this.limit = limit;
  }

  write(chunk: Buffer): void {
    const parts = (this.rest + this.decoder.write(chunk)).split('\n');
    this.rest = parts.pop() ?? '';
    for (const part of parts) this.emit(part.endsWith('\r') ? part.slice(0, -1) : part);
    while (this.rest.length > this.limit) {
      this.emit(this.rest.slice(0, this.limit));
      this.rest = this.rest.slice(this.limit);
    }
  }

  /** Hands out what is left after the last line end. */
  end(): void {
    const last = this.rest + this.decoder.end();
    this.rest = '';
    if (last !== '') this.emit(last);
  }
}

/** Keeps the newest `limit` bytes of a stream as text. */
export class Tail {
  private readonly limit: number;
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  write(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    let first = this.chunks[0];
    while (first !== undefined && this.size - first.length >= this.limit) {
      this.chunks.shift();
      this.size -= first.length;
      first = this.chunks[0];
    }
  }

  text(): string {
    return Buffer.concat(this.chunks).subarray(-this.limit).toString('utf8');
  }
}
