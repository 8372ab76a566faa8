/** What a documented command on a real installation must do. */
export interface MachineLine {
  /** What it says, on both outputs. */
  readonly says: RegExp;
  /** Exit codes the document allows; usually 0 alone. */
  readonly codes?: readonly number[];
  /** It goes on until it is told to stop; it is, after so many seconds. */
  readonly follows?: number;
}
/** Commands for a real installation, as the documents write them. */
export const MACHINE_LINES = {
  './siappakai status': { says: /\bworker\s+running\b/ },
  // What the machine lacks is a finding, not a fault of the command.
  './siappakai doctor': { says: /^ok {2}part worker$/m, codes: [0, 1] },
  './siappakai logs web': { says: /\{.*"level"/ },
  './siappakai logs worker': { says: /\{.*"level"/ },
  './siappakai logs worker --follow': { says: /\{.*"level"/, follows: 2 },
  './siappakai logs proxy': { says: /./ },
  './siappakai desa logs 33.05.05.2011 opensid': { says: /./ },
  './siappakai desa logs 33.05.05.2011 opensid --follow': { says: /./, follows: 2 },
  './siappakai database dump /media/usb/gabungan.sql.gz': { says: /gabungan\.sql\.gz/ },
  './siappakai database shell --execute "SELECT COUNT(*) FROM config"': { says: /\[\{"COUNT\(\*\)":\d+\}\]/ },
  './siappakai database shell --execute "SELECT id, kode_desa FROM config"': { says: /"kode_desa":"3305052011"/ },
  './siappakai desa stop --all --wait': { says: /stop: completed/ },
  './siappakai database dump /media/usb/sebelum-dikembalikan.sql.gz': { says: /sebelum-dikembalikan\.sql\.gz/ },
  'export MYSQL_PWD=$(cat /var/lib/siappakai/secrets/mariadb-root)': { says: /^$/ },
  'zcat /media/usb/gabungan.sql.gz | docker exec -i -e MYSQL_PWD siappakai-mariadb mariadb --socket=/run/siappakai-db/mysqld.sock --user=root db_gabungan':
    { says: /^$/ },
  'unset MYSQL_PWD': { says: /^$/ },
  './siappakai desa start --all --wait': { says: /start: completed/ },
  'git pull': { says: /Fast-forward/ },
  './siappakai upgrade': { says: /\bworker\s+running\b/ },
  'ssh -L 8700:127.0.0.1:8700 admin@alamat-server': { says: /^$/ },
  'SIAPPAKAI_HOME=/var/lib/siappakai-uji SIAPPAKAI_NAME=uji SIAPPAKAI_HTTP_PORT=8090 SIAPPAKAI_HTTPS_PORT=8453 SIAPPAKAI_DASHBOARD_PORT=8702 ./siappakai up':
    { says: /\/setup\/\S+/ },
  'SIAPPAKAI_HOME=/var/lib/siappakai-uji ./siappakai status': { says: /\bworker\s+running\b/ },
  './siappakai down': { says: /^$/ },
  './siappakai up': { says: /\bworker\s+running\b/ },
  './siappakai down --all': { says: /^$/ },
  './siappakai destroy --confirm siappakai': { says: /: gone$/m },
  './siappakai test': { says: /^\d+ passed, 0 failed, 0 skipped$/m },
} satisfies Readonly<Record<string, MachineLine>>;

/** Commands about the demo. */
export const DEMO_LINES = {
  './siappakai demo': { says: /together [\d.]+ s/ },
  'npx tsx bench/screenshots.ts http://127.0.0.1:8701/ "$(SIAPPAKAI_HOME=/var/lib/siappakai-demo ./siappakai user login-link)" OUT':
    { says: /./ },
  './siappakai demo --opensid SOURCE[@TAG] --update-to SOURCE[@TAG]': { says: /together [\d.]+ s/ },
  './siappakai demo --opensid /media/usb/opensid-2409.0.0.zip --update-to /media/usb/opensid-2410.0.0.zip': {
    says: /together [\d.]+ s/,
  },
  './siappakai demo --remove': { says: /: gone$/m },
} satisfies Readonly<Record<string, MachineLine>>;
