import { messageBook, type MessageEntry } from './message-book';

const HEAD = `# Arti pesan

Setiap pesan membawa kode. Di dasbor kode itu membuka halamannya; di terminal: \`./siappakai message show KODE\`.
Tanda "…" menggantikan nama atau angka. Halaman ini dibuat dari kalimat dasbor sendiri.
`;
const section = ({ code, meanings }: MessageEntry): string => {
  const lines = meanings.map(({ what, who, next }) =>
    [what, ...(who === null ? [] : [`Terkena: ${who}`]), `Langkah: ${next}`].map((line) => `- ${line}`).join('\n'),
  );
  return `## ${code}\n\n${lines.join('\n\n')}\n`;
};

/** `docs/pesan.md`: every message by its code, in Indonesian. */
export const messageDocument = (): string => [HEAD, ...messageBook('id').map(section)].join('\n');
