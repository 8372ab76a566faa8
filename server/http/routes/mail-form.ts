/** Path of a value inside the setting → field of the form. */
export const MAIL_FIELDS: Readonly<Record<string, string>> = {
  'mail.host': 'surel_host',
  'mail.port': 'surel_porta',
  'mail.security': 'surel_keamanan',
  'mail.user': 'surel_pengguna',
  'mail.from': 'surel_dari',
  'mail.fromName': 'surel_nama',
};

/** The mail server as the form gives it, to be checked; an empty password keeps the one there is. */
export const readMail = (
  field: (name: string) => string,
): { readonly mail: unknown; readonly password: string | null } => {
  const user = field('surel_pengguna').trim();
  const port = field('surel_porta').trim();
  const password = field('surel_sandi');
  return {
    mail: {
      host: field('surel_host').trim().toLowerCase(),
      port: /^\d{1,5}$/.test(port) ? Number(port) : port,
      security: field('surel_keamanan'),
      user: user === '' ? null : user,
      from: field('surel_dari'),
      fromName: field('surel_nama'),
    },
    password: user === '' ? '' : password === '' ? null : password,
  };
};
