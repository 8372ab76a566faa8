/** Docker label keys. Every object we create carries `installation`; look-ups always filter by it. */
export const LABEL = {
  installation: 'id.siappakai.installation',
  role: 'id.siappakai.role', // village | oneshot | mariadb | redis | proxy | wall | runtime | release | base | network | volume
  instance: 'id.siappakai.instance',
  deployment: 'id.siappakai.deployment',
  app: 'id.siappakai.app',
  kode: 'id.siappakai.kode', // ten digits
  release: 'id.siappakai.release', // version without "v"
  checksum: 'id.siappakai.checksum', // of the release tree
  spec: 'id.siappakai.spec', // sha256 of the workload or recipe that made it
} as const;
export type Labels = Readonly<Record<string, string>>;
