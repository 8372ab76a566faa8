import type { FindingCode } from '../domain/server-findings';
import type { Finding } from '../domain/server';
import type { Locale } from '../domain/user';

interface FindingText {
  readonly what: string;
  readonly remedy: string;
}
/** `{name}` is filled from the finding's params. */
const ID: Readonly<Record<FindingCode, FindingText>> = {
  os_unsupported: {
    what: 'Sistem operasi {found} belum didukung.',
    remedy: 'Pasang Debian 12 atau lebih baru, atau Ubuntu 22.04 atau lebih baru.',
  },
  arch_unsupported: {
    what: 'Arsitektur {found} belum didukung.',
    remedy: 'Gunakan mesin x86_64 atau aarch64 (64 bit).',
  },
  cores_few: {
    what: 'Hanya {found} inti prosesor; disarankan {need}.',
    remedy: 'Tambah inti prosesor, atau pasang lebih sedikit desa di server ini.',
  },
  memory_small: { what: 'Memori {found} GiB; diperlukan {need} GiB.', remedy: 'Tambah memori server.' },
  disk_small: {
    what: 'Ruang kosong {found} GiB; diperlukan {need} GiB.',
    remedy: 'Tambah disk atau kosongkan /var/lib.',
  },
  sudo_missing: {
    what: 'Pengguna ini bukan root dan tidak boleh memakai sudo.',
    remedy: 'Masuk sebagai root, atau beri pengguna ini hak sudo.',
  },
  engine_missing: { what: 'Docker belum terpasang.', remedy: 'Jalankan: apt-get install docker.io' },
  engine_silent: {
    what: 'Docker terpasang tetapi tidak menjawab.',
    remedy: 'Jalankan: systemctl start docker, lalu lihat: journalctl -u docker',
  },
  engine_old: {
    what: 'Docker {found} terlalu lama; diperlukan {need}.',
    remedy: 'Perbarui paket docker.io atau docker-ce.',
  },
  storage_driver: {
    what: 'Penyimpanan Docker memakai {found}, bukan overlay2.',
    remedy: 'Pindahkan /var/lib/docker ke ext4 atau xfs agar overlay2 dapat dipakai.',
  },
  live_restore_off: {
    what: 'Docker menghentikan semua desa bila mesinnya dimulai ulang.',
    remedy: 'Isi "live-restore": true di /etc/docker/daemon.json, lalu: systemctl reload docker',
  },
  neighbours_few: {
    what: 'Tabel tetangga kernel hanya {found}; untuk banyak desa disarankan {need}.',
    remedy: 'Isi net.ipv4.neigh.default.gc_thresh3=16384 di /etc/sysctl.d, lalu: sysctl --system',
  },
  clock_off: {
    what: 'Jam server berselisih {seconds} detik.',
    remedy: 'Nyalakan sinkronisasi waktu: timedatectl set-ntp true',
  },
  not_measured: { what: 'Tidak dapat diukur: {what}.', remedy: 'Periksa sendiri, lalu ulangi: siappakai server check' },
};
const EN: Readonly<Record<FindingCode, FindingText>> = {
  os_unsupported: {
    what: 'The operating system {found} is not supported.',
    remedy: 'Install Debian 12 or newer, or Ubuntu 22.04 or newer.',
  },
  arch_unsupported: {
    what: 'The architecture {found} is not supported.',
    remedy: 'Use an x86_64 or aarch64 (64 bit) machine.',
  },
  cores_few: {
    what: 'Only {found} cores; {need} are advised.',
    remedy: 'Add cores, or put fewer villages on this server.',
  },
  memory_small: { what: '{found} GiB of memory; {need} GiB are needed.', remedy: 'Add memory.' },
  disk_small: { what: '{found} GiB free; {need} GiB are needed.', remedy: 'Add a disk or free space under /var/lib.' },
  sudo_missing: {
    what: 'This user is not root and may not use sudo.',
    remedy: 'Log in as root, or give this user sudo rights.',
  },
  engine_missing: { what: 'Docker is not installed.', remedy: 'Run: apt-get install docker.io' },
  engine_silent: {
    what: 'Docker is installed and does not answer.',
    remedy: 'Run: systemctl start docker, then look at: journalctl -u docker',
  },
  engine_old: {
    what: 'Docker {found} is too old; {need} is needed.',
    remedy: 'Update the package docker.io or docker-ce.',
  },
  storage_driver: {
    what: 'Docker stores with {found}, not overlay2.',
    remedy: 'Move /var/lib/docker to ext4 or xfs, so that overlay2 can be used.',
  },
  live_restore_off: {
    what: 'A restart of Docker stops every village.',
    remedy: 'Put "live-restore": true into /etc/docker/daemon.json, then: systemctl reload docker',
  },
  neighbours_few: {
    what: 'The kernel keeps {found} neighbours; {need} are advised for many villages.',
    remedy: 'Put net.ipv4.neigh.default.gc_thresh3=16384 into /etc/sysctl.d, then: sysctl --system',
  },
  clock_off: {
    what: 'The clock is {seconds} seconds off.',
    remedy: 'Turn time synchronisation on: timedatectl set-ntp true',
  },
  not_measured: {
    what: 'Could not be measured: {what}.',
    remedy: 'Look yourself, then repeat: siappakai server check',
  },
};
const TEXTS: Readonly<Record<Locale, Readonly<Record<string, FindingText>>>> = { id: ID, en: EN };

/** Sentence and remedy of a finding; a code of a newer version names itself. */
export const findingText = (locale: Locale, finding: Finding): FindingText => {
  const text = TEXTS[locale][finding.code];
  if (text === undefined) return { what: finding.code, remedy: '' };
  const what = text.what.replace(/\{(\w+)\}/g, (_all, name: string) => String(finding.params[name] ?? '?'));
  return { what, remedy: text.remedy };
};
