import { z } from 'zod';
import { mailSchema } from '../../domain/settings';
import { MESSAGES } from '../../texts';
import { loadSettings } from '../setting-service';
import { amount, time } from './fields';
import { operation, type OperationContext } from './operation';

const mailDocument = z.object({
  settings: z.object({ ...mailSchema.shape, from: z.string(), host: z.string() }).nullable(),
  /** The password itself is never shown. */
  password: z.enum(['kept', 'none']),
  testedAt: time.nullable(),
});
const stateOf = ({ deps, actor }: OperationContext): Promise<z.input<typeof mailDocument>> => deps.mail.state(actor);

export const mailShow = operation({
  name: 'settings.mail',
  summary: 'The mail server of the office, without its password',
  method: 'get',
  path: '/settings/mail',
  action: 'settings.read',
  cli: ['settings mail show'],
  screens: ['get /pengaturan'],
  answer: mailDocument,
  run: stateOf,
});

export const mailChange = operation({
  name: 'settings.mail.change',
  summary: 'Keep a mail server, or none; password null keeps the one there is, an empty one takes it away',
  method: 'post',
  path: '/settings/mail',
  action: 'settings.write',
  cli: ['settings mail set', 'settings mail remove'],
  screens: ['post /pengaturan'],
  body: z.strictObject({
    mail: z.strictObject(mailSchema.shape).nullable(),
    password: z.string().max(500).nullable().default(null),
  }),
  answer: mailDocument,
  async run(context, { mail, password }) {
    await context.deps.mail.change(context.actor, mail, password);
    return stateOf(context);
  },
});

export const mailTest = operation({
  name: 'settings.mail.test',
  summary: 'Send a test letter with what is kept',
  method: 'post',
  path: '/settings/mail/test',
  action: 'settings.write',
  cli: ['settings mail test'],
  screens: ['post /pengaturan'],
  body: z.strictObject({ to: mailSchema.shape.from }),
  answer: z.object({ to: z.string(), answer: z.string() }),
  async run({ deps, actor }, { to }) {
    const { brandName, locale } = await loadSettings(deps.transact.read);
    const { settings, common } = MESSAGES[locale];
    const { subject, lines } = settings.testLetter;
    return { to, answer: await deps.mail.test(actor, to, { subject: subject(brandName ?? common.product), lines }) };
  },
});

export const logoChange = operation({
  name: 'settings.logo',
  summary: 'The logo of the office: PNG, JPEG or WebP as base64; null takes it away',
  method: 'post',
  path: '/settings/logo',
  action: 'settings.write',
  cli: ['settings logo'],
  screens: ['post /pengaturan/logo'],
  body: z.strictObject({ content: z.base64().max(700_000).nullable() }),
  answer: z.object({ type: z.string().nullable(), bytes: amount }),
  async run({ deps, actor }, { content }) {
    await deps.brand.setLogo(actor, content === null ? null : Buffer.from(content, 'base64'));
    const logo = await deps.brand.logo();
    return { type: logo?.type ?? null, bytes: logo?.content.length ?? 0 };
  },
});
