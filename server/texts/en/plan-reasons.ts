import type { doctorReasons as idDoctor, planReasons as idPlan } from '../id/plan-reasons';
import { reasonsOf, withValue } from '../reason-text';

const none = reasonsOf('Nothing has changed.');
const nothing = 'Nothing to do.';

export const planReasons: typeof idPlan = {
  release_unknown: none(
    (p) => `release ${p('version')} not there`,
    (p) => `Release ${p('app')} ${p('version')} was not imported, or was refused.`,
    'Import it first, then plan again.',
  ),
  no_release: none(
    (p) => `no release of ${p('app')}`,
    (p) => `There is no release of ${p('app')} that is ready and fits.`,
    'Import one first, then plan again.',
  ),
  already_installed: none('installed already', 'This app is installed for this desa already.', nothing),
  already_running: none('running already', 'This app runs already.', nothing),
  already_stopped: none('stopped already', 'This app is stopped already.', nothing),
  stopped_by_person: none(
    'stopped by a person',
    'A person stopped this desa, so it is not updated.',
    'Start this desa first, then plan again.',
  ),
  newer_installed: none(
    'newer already',
    (p) => `This desa uses version ${p('version')}, newer than the chosen one.`,
    'Choose a newer release.',
  ),
  install_release_differs: none(
    (p) => `shared schema is ${p('schema')}`,
    (p) =>
      `The shared database has the schema of ${p('app')} ${p('schema')}, so ${p('version')} cannot be installed for a new desa.`,
    (p) => `Install with ${p('app')} ${p('schema')}, then update all desa together.`,
  ),
  not_stored: none(
    'files of the release missing',
    'The files of the release are not in the store.',
    'Import it again.',
  ),
  host_taken: none(
    'address taken',
    (p) => `Desa ${p('kode')} has the address ${p('host')}.`,
    'Choose another address.',
  ),
  needed_by: none(
    (p) => `needed by ${p('by')}`,
    (p) => `${p('by')} of ${p('nama')} (${p('kecamatan')}) lives on ${p('app')} and is not removed with it.`,
    (p) => `Remove ${p('by')} first, or together with ${p('app')} in one plan.`,
  ),
  pair_too_new: none(
    (p) => `needs ${p('need')} ${p('version')}`,
    (p) => `${p('app')} ${p('version')} is newer than ${p('need')} ${p('needVersion')}; they must go together.`,
    (p) => `Take ${p('need')} of the same version into this plan.`,
  ),
};

const machine = reasonsOf('Sites of desa that run go on answering.');
export const doctorReasons: typeof idDoctor = {
  doctor_engine: machine(
    'the engine does not answer',
    (p) => `The container engine does not answer at ${p('address')}.`,
    'Run: ./siappakai up',
  ),
  doctor_no_live_restore: machine(
    'desa stop when the engine restarts',
    'live-restore of the engine is off; the desa stop when Docker restarts.',
    'Add "live-restore": true to /etc/docker/daemon.json and reload Docker.',
  ),
  doctor_unbounded_logs: machine(
    'logs of containers without bound',
    'The logs of the containers can fill the disk.',
    'Set "log-opts" max-size and max-file in /etc/docker/daemon.json.',
  ),
  doctor_slow_storage: machine(
    'slow storage of containers',
    'The engine uses a storage driver that is slow and wastes disk.',
    'Use overlay2 in /etc/docker/daemon.json; do it before installing desa.',
  ),
  doctor_host_neighbours: machine(
    (p) => `neighbour table ${p('found')}, needs ${p('need')}`,
    (p) =>
      `The neighbour table of the kernel holds ${p('found')} rows; the containers of this machine need ${p('need')}. When it is full, connections between containers break without a visible cause.`,
    (p) =>
      `Run: sysctl -w net.ipv4.neigh.default.gc_thresh3=${p('need')}, then write net.ipv4.neigh.default.gc_thresh3 = ${p('need')} into /etc/sysctl.d/60-siappakai.conf`,
  ),
  doctor_host_inotify_instances: machine(
    (p) => `inotify ${p('found')}, needs ${p('need')}`,
    (p) =>
      `The kernel allows ${p('found')} file watchers; the containers of this machine need ${p('need')}. When they are used up, new containers do not start.`,
    (p) =>
      `Run: sysctl -w fs.inotify.max_user_instances=${p('need')}, then write fs.inotify.max_user_instances = ${p('need')} into /etc/sysctl.d/60-siappakai.conf`,
  ),
  doctor_host_inotify_watches: machine(
    (p) => `watched files ${p('found')}, needs ${p('need')}`,
    (p) => `The kernel allows ${p('found')} watched files; the containers of this machine need ${p('need')}.`,
    (p) =>
      `Run: sysctl -w fs.inotify.max_user_watches=${p('need')}, then write fs.inotify.max_user_watches = ${p('need')} into /etc/sysctl.d/60-siappakai.conf`,
  ),
  doctor_host_process_ids: machine(
    (p) => `process numbers ${p('found')}, needs ${p('need')}`,
    (p) =>
      `The kernel gives out ${p('found')} process numbers; the containers of this machine need ${p('need')}. When they are used up, nothing can be started any more.`,
    (p) =>
      `Run: sysctl -w kernel.pid_max=${p('need')}, then write kernel.pid_max = ${p('need')} into /etc/sysctl.d/60-siappakai.conf`,
  ),
  doctor_subnets: machine(
    (p) => `${p('left')} networks left`,
    (p) =>
      `Only ${p('left')} free network addresses are left in 10.200.0.0/14 and 10.224.0.0/12; a new kecamatan needs one.`,
    'Remove container networks nobody uses, or install the next kecamatan on another server.',
  ),
  doctor_network_full: machine(
    (p) => `network ${p('name')} nearly full`,
    (p) => `The network ${p('name')} holds ${p('containers')} containers; above 900 an update may find no place.`,
    'Install the next desa on another server.',
  ),
  doctor_walls: machine(
    'walls of the desa sites are not up',
    'The rules that keep desa sites from calling anything but their database are not loaded on this machine.',
    'Run ./siappakai up; if it stays so, ./siappakai logs wall',
  ),
  doctor_neighbours_unfiltered: machine(
    'desa sites can call each other',
    'The kernel shows packets between containers to no filter, so the sites of one kecamatan can call each other.',
    'Run: modprobe br_netfilter and sysctl -w net.bridge.bridge-nf-call-iptables=1, then write br_netfilter into /etc/modules-load.d/siappakai.conf',
  ),
  doctor_disk: machine(
    (p) => `${p('freeGiB')} GiB of disk left`,
    (p) => `Only ${p('freeGiB')} GiB of disk are left for ${p('home')}; 10 GiB are needed.`,
    'Remove old releases with ./siappakai release prune, or add disk.',
  ),
  doctor_part: machine(
    (p) => `${p('name')} does not run`,
    (p) => `The part ${p('name')} does not run${withValue(p, 'state', (state) => ` (${state})`)}.`,
    (p) => `Run ./siappakai up; if it stays so, ./siappakai logs ${p('name')}`,
  ),
};
