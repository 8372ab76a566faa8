import { z } from 'zod';

export const serverName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);
export const serverAddressFields = {
  host: z
    .string()
    .trim()
    .min(1)
    .max(190)
    .regex(/^[A-Za-z0-9.:-]+$/),
  user: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/),
  port: z.number().int().min(1).max(65535),
};
/** What enrols a machine, but for the login. `hostKey`: what a person compared on the machine itself. */
export const addServerFields = {
  name: serverName,
  ...serverAddressFields,
  hostKey: z
    .string()
    .regex(/^SHA256:[A-Za-z0-9+/]{43}$/)
    .nullable(),
};
