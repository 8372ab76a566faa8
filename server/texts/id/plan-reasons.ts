import { reasonsOf, withValue } from '../reason-text';

/** Why a desa or app is left out of a plan, or why a plan cannot start. */
const none = reasonsOf('Tidak ada yang berubah.');
const nothing = 'Tidak ada yang perlu dikerjakan.';

export const planReasons = {
  release_unknown: none(
    (p) => `rilis ${p('version')} belum ada`,
    (p) => `Rilis ${p('app')} ${p('version')} belum diimpor atau ditolak.`,
    'Impor rilis itu dulu, lalu buat rencana lagi.',
  ),
  no_release: none(
    (p) => `belum ada rilis ${p('app')}`,
    (p) => `Belum ada rilis ${p('app')} yang siap dan cocok.`,
    'Impor rilisnya dulu, lalu buat rencana lagi.',
  ),
  already_installed: none('sudah terpasang', 'Aplikasi ini sudah terpasang untuk desa ini.', nothing),
  already_running: none('sudah berjalan', 'Aplikasi ini sudah berjalan.', nothing),
  already_stopped: none('sudah berhenti', 'Aplikasi ini sudah dihentikan.', nothing),
  stopped_by_person: none(
    'dihentikan petugas',
    'Desa ini dihentikan petugas, jadi tidak ikut diperbarui.',
    'Jalankan desa ini dulu, lalu buat rencana lagi.',
  ),
  newer_installed: none(
    'sudah lebih baru',
    (p) => `Desa ini memakai versi ${p('version')}, lebih baru dari yang dipilih.`,
    'Pilih rilis yang lebih baru.',
  ),
  install_release_differs: none(
    (p) => `skema bersama versi ${p('schema')}`,
    (p) =>
      `Basis data bersama memakai skema ${p('app')} ${p('schema')}, jadi ${p('version')} tidak dapat dipasang untuk desa baru.`,
    (p) => `Pasang dengan ${p('app')} ${p('schema')}, lalu perbarui semua desa bersama.`,
  ),
  not_stored: none('berkas rilis tidak ada', 'Berkas rilis tidak ada di penyimpanan.', 'Impor rilis itu lagi.'),
  host_taken: none(
    'alamat sudah dipakai',
    (p) => `Alamat ${p('host')} sudah dipakai desa ${p('kode')}.`,
    'Pilih alamat lain.',
  ),
  needed_by: none(
    (p) => `dibutuhkan ${p('by')}`,
    (p) => `${p('by')} ${p('nama')} (${p('kecamatan')}) hidup dari ${p('app')} dan tidak ikut dihapus.`,
    (p) => `Hapus ${p('by')} dulu, atau bersama ${p('app')} dalam satu rencana.`,
  ),
  pair_too_new: none(
    (p) => `butuh ${p('need')} ${p('version')}`,
    (p) => `${p('app')} ${p('version')} lebih baru dari ${p('need')} ${p('needVersion')}; keduanya harus sejalan.`,
    (p) => `Ikutkan ${p('need')} versi yang sama dalam rencana ini.`,
  ),
};

/** Findings of `doctor`. */
const machine = reasonsOf('Situs desa yang sedang berjalan tetap menjawab.');
export const doctorReasons = {
  doctor_engine: machine(
    'mesin kontainer tidak menjawab',
    (p) => `Mesin kontainer tidak menjawab di ${p('address')}.`,
    'Jalankan: ./siappakai up',
  ),
  doctor_no_live_restore: machine(
    'desa ikut mati bila mesin kontainer dimulai ulang',
    'Pilihan live-restore mesin kontainer mati; desa ikut berhenti bila Docker dimulai ulang.',
    'Tambahkan "live-restore": true ke /etc/docker/daemon.json, lalu muat ulang Docker.',
  ),
  doctor_unbounded_logs: machine(
    'log kontainer tidak dibatasi',
    'Log kontainer dapat memenuhi disk.',
    'Atur "log-opts" max-size dan max-file di /etc/docker/daemon.json.',
  ),
  doctor_slow_storage: machine(
    'penyimpanan kontainer lambat',
    'Mesin kontainer memakai penyimpanan yang lambat dan boros disk.',
    'Pakai overlay2 di /etc/docker/daemon.json; lakukan sebelum memasang desa.',
  ),
  doctor_host_neighbours: machine(
    (p) => `tabel tetangga kernel ${p('found')}, perlu ${p('need')}`,
    (p) =>
      `Tabel tetangga kernel memuat ${p('found')} baris; kontainer di mesin ini perlu ${p('need')}. Bila penuh, sambungan antar-kontainer putus tanpa sebab yang tampak.`,
    (p) =>
      `Jalankan: sysctl -w net.ipv4.neigh.default.gc_thresh3=${p('need')}, lalu tulis net.ipv4.neigh.default.gc_thresh3 = ${p('need')} di /etc/sysctl.d/60-siappakai.conf`,
  ),
  doctor_host_inotify_instances: machine(
    (p) => `inotify ${p('found')}, perlu ${p('need')}`,
    (p) =>
      `Kernel mengizinkan ${p('found')} pengamat berkas; kontainer di mesin ini perlu ${p('need')}. Bila habis, kontainer baru gagal dimulai.`,
    (p) =>
      `Jalankan: sysctl -w fs.inotify.max_user_instances=${p('need')}, lalu tulis fs.inotify.max_user_instances = ${p('need')} di /etc/sysctl.d/60-siappakai.conf`,
  ),
  doctor_host_inotify_watches: machine(
    (p) => `berkas yang diamati ${p('found')}, perlu ${p('need')}`,
    (p) => `Kernel mengizinkan ${p('found')} berkas diamati; kontainer di mesin ini perlu ${p('need')}.`,
    (p) =>
      `Jalankan: sysctl -w fs.inotify.max_user_watches=${p('need')}, lalu tulis fs.inotify.max_user_watches = ${p('need')} di /etc/sysctl.d/60-siappakai.conf`,
  ),
  doctor_host_process_ids: machine(
    (p) => `nomor proses ${p('found')}, perlu ${p('need')}`,
    (p) =>
      `Kernel memberi ${p('found')} nomor proses; kontainer di mesin ini perlu ${p('need')}. Bila habis, tidak ada yang dapat dimulai lagi.`,
    (p) =>
      `Jalankan: sysctl -w kernel.pid_max=${p('need')}, lalu tulis kernel.pid_max = ${p('need')} di /etc/sysctl.d/60-siappakai.conf`,
  ),
  doctor_subnets: machine(
    (p) => `sisa ${p('left')} jaringan`,
    (p) => `Tinggal ${p('left')} alamat jaringan bebas di 10.200.0.0/14 dan 10.224.0.0/12; kecamatan baru perlu satu.`,
    'Hapus jaringan kontainer yang tidak dipakai lagi, atau pasang kecamatan berikutnya di server lain.',
  ),
  doctor_network_full: machine(
    (p) => `jaringan ${p('name')} hampir penuh`,
    (p) => `Jaringan ${p('name')} memuat ${p('containers')} kontainer; di atas 900 pembaruan dapat kehabisan tempat.`,
    'Pasang desa berikutnya di server lain.',
  ),
  doctor_walls: machine(
    'tembok situs desa tidak berdiri',
    'Aturan yang mencegah situs desa menghubungi selain basis datanya tidak terpasang di mesin ini.',
    'Jalankan ./siappakai up; bila tetap begitu, ./siappakai logs wall',
  ),
  doctor_neighbours_unfiltered: machine(
    'situs desa dapat saling menghubungi',
    'Kernel tidak menunjukkan paket antar-kontainer kepada penyaring, jadi situs satu kecamatan dapat saling menghubungi.',
    'Jalankan: modprobe br_netfilter dan sysctl -w net.bridge.bridge-nf-call-iptables=1, lalu tulis br_netfilter di /etc/modules-load.d/siappakai.conf',
  ),
  doctor_disk: machine(
    (p) => `sisa disk ${p('freeGiB')} GiB`,
    (p) => `Sisa disk untuk ${p('home')} tinggal ${p('freeGiB')} GiB; diperlukan 10 GiB.`,
    'Hapus rilis lama dengan ./siappakai release prune, atau tambah disk.',
  ),
  doctor_part: machine(
    (p) => `${p('name')} tidak berjalan`,
    (p) => `Bagian ${p('name')} tidak berjalan${withValue(p, 'state', (state) => ` (${state})`)}.`,
    (p) => `Jalankan ./siappakai up; bila tetap begitu, ./siappakai logs ${p('name')}`,
  ),
};
