import { personalTokenState, type PersonalToken } from '../../domain/personal-token';
import type { User } from '../../domain/user';
import type { SignIn } from '../../stores/session-store';
import type { FormState } from '../view-models/common';
import type { ProfileModel, SignInView } from '../view-models/profile';
import { iso } from './words';

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\//, 'Firefox'],
  [/Chrom(?:e|ium)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
  [/curl\//, 'curl'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
];
const firstOf = (forms: readonly (readonly [RegExp, string])[], text: string): string | null =>
  forms.find(([form]) => form.test(text))?.[1] ?? null;

/** "Chrome, Android": enough to know one's own devices; null = nothing is known. */
export const deviceOf = (userAgent: string | null): string | null => {
  const text = userAgent ?? '';
  const parts = [firstOf(BROWSERS, text), firstOf(SYSTEMS, text)].filter((one) => one !== null);
  return parts.length === 0 ? null : parts.join(', ');
};

export interface ProfileFacts {
  readonly user: User;
  readonly wilayah: string | null;
  readonly signIns: readonly SignIn[];
  /** Hash of the session that asks. */
  readonly current: string;
  readonly tokens: readonly PersonalToken[];
  readonly theme: ProfileModel['theme'];
  readonly now: Date;
}
const signInView = (one: SignIn, current: string): SignInView => ({
  id: one.idHash,
  device: deviceOf(one.userAgent),
  ip: one.ip === '' ? null : one.ip,
  createdAt: one.createdAt.toISOString(),
  lastSeenAt: iso(one.lastSeenAt),
  current: one.idHash === current,
});

export const profilePage = (facts: ProfileFacts, refused: ProfileModel['refused'], form: FormState): ProfileModel => {
  const { user, signIns, current, tokens, now } = facts;
  return {
    name: user.name,
    email: user.email,
    role: user.role,
    wilayah: facts.wilayah,
    locale: user.locale,
    theme: facts.theme,
    signIns: signIns
      .map((one) => signInView(one, current))
      .sort((left, right) => Number(right.current) - Number(left.current)),
    tokens: tokens.map((one) => ({
      id: one.id,
      name: one.name,
      access: one.access,
      state: personalTokenState(one, now),
      createdAt: one.createdAt.toISOString(),
      expiresAt: iso(one.expiresAt),
      lastUsedAt: iso(one.lastUsedAt),
    })),
    refused,
    form,
  };
};
