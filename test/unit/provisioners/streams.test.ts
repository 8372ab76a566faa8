import { PassThrough, Readable } from 'node:stream';
import { LineCutter, Tail } from '../../../provisioners/lib/lines';
import { demux, FrameReader } from '../../../provisioners/targets/docker/demux';

const frame = (stream: 1 | 2, text: string): Buffer => {
  const content = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
};
const pieces = (whole: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => whole.subarray(i * size, (i + 1) * size));

test.each([1, 3, 7, 8, 9, 1000])('frames cut into pieces of %d bytes come out whole', (size) => {
  const out = { stdout: '', stderr: '' };
  const reader = new FrameReader((stream, chunk) => (out[stream] += chunk.toString()));
  const whole = Buffer.concat([frame(1, 'satu'), frame(2, 'galat'), frame(1, ''), frame(1, 'dua')]);
  for (const piece of pieces(whole, size)) reader.write(piece);
  expect(out).toEqual({ stdout: 'satudua', stderr: 'galat' });
});

test('a slow receiver is waited for and ended', async () => {
  const slow = new PassThrough({ highWaterMark: 4 });
  const received: string[] = [];
  const reading = (async () => {
    for await (const chunk of slow) received.push(String(chunk));
  })();
  const source = Readable.from([frame(1, 'aaaaaaaa'), frame(2, 'x'), frame(1, 'bbbbbbbb')]);
  const errors: string[] = [];
  await demux(source, { stdout: () => undefined, stderr: (chunk) => errors.push(chunk.toString()), pipe: slow });
  await reading;
  expect(received.join('')).toBe('aaaaaaaabbbbbbbb');
  expect(errors).toEqual(['x']);
});

test('lines: both line ends, letters cut in two, the last one without an end, a long one in pieces', () => {
  const lines: string[] = [];
  const cutter = new LineCutter((line) => lines.push(line), 4);
  const text = Buffer.from('é\r\nb\n\nabcdefghi');
  for (const piece of pieces(text, 1)) cutter.write(piece);
  cutter.end();
  expect(lines).toEqual(['é', 'b', '', 'abcd', 'efgh', 'i']);
});

test('a tail keeps the newest bytes', () => {
  const tail = new Tail(5);
  for (const part of ['abc', 'def', 'gh']) tail.write(Buffer.from(part));
  expect(tail.text()).toBe('defgh');
});
