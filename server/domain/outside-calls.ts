/** A call an app makes to the internet by itself and an admin may open: by TLS, to one name. Words for it are in the texts. */
interface OutsideCall {
  readonly key: 'releases' | 'idm' | 'sdgs' | 'recaptcha' | 'push' | 'telegram' | 'licence';
  readonly host: string;
  readonly apps: readonly string[];
}
export const OUTSIDE_CALLS: readonly OutsideCall[] = [
  { key: 'releases', host: 'api.github.com', apps: ['opensid'] },
  { key: 'idm', host: 'idm.kemendesa.go.id', apps: ['opensid'] },
  { key: 'sdgs', host: 'sid.kemendesa.go.id', apps: ['opensid'] },
  { key: 'recaptcha', host: 'google.com', apps: ['opensid'] },
  { key: 'push', host: 'fcm.googleapis.com', apps: ['opensid', 'api'] },
  { key: 'telegram', host: 'api.telegram.org', apps: ['opensid'] },
  { key: 'licence', host: 'layanan.opendesa.id', apps: ['pbb', 'api'] },
];

/** Calls that never leave this machine, whatever is open: sent to the dashboard's name, switched off, or not by TLS. */
export const SETTLED_CALLS = [
  { key: 'tracker', host: 'pantau.opensid.my.id', apps: ['opensid'] },
  { key: 'version', host: 'layanan.opendesa.id', apps: ['opensid'] },
  { key: 'connection', host: 'www.google.com', apps: ['opensid', 'api'] },
  { key: 'mail', host: 'SMTP', apps: ['opensid', 'pbb', 'api'] },
] as const;

/** Hosts that are open besides those of known calls. */
export const otherHosts = (egress: readonly string[]): readonly string[] => {
  const known = new Set(OUTSIDE_CALLS.map((call) => call.host));
  return egress.filter((host) => !known.has(host));
};
