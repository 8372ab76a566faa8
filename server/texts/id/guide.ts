/** What messages mean. */
export const guide = {
  title: 'Arti pesan',
  lead: 'Setiap pesan membawa kode. Cari kodenya, atau sepotong kalimatnya. Tanda “…” menggantikan nama atau angka.',
  search: 'Cari kode atau kalimat',
  go: 'Cari',
  found: (n: string): string => `${n} pesan`,
  none: (words: string): string => `Tidak ada pesan yang memuat “${words}”.`,
  code: 'Kode',
  what: 'Artinya',
  next: 'Langkah berikutnya',
  meaning: (n: string, of: string): string => `Arti ${n} dari ${of}`,
  nobody: 'Hanya Anda yang mengirimnya; tidak ada yang berubah.',
  terminal: 'Di terminal',
  all: 'Semua pesan',
  explain: 'Arti pesan ini',
};
