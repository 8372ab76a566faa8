import type { FormState } from './common';

export interface SignInView {
  readonly id: string;
  /** "Chrome, Android"; null = it did not say. */
  readonly device: string | null;
  readonly ip: string | null;
  readonly createdAt: string;
  readonly lastSeenAt: string | null;
  readonly current: boolean;
}
export interface PersonalTokenView {
  readonly id: string;
  readonly name: string;
  readonly access: 'read' | 'full';
  readonly state: 'active' | 'expired' | 'revoked';
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
}
/**
 * POST /profil: nama, bahasa, tema (auto|light|dark) · /profil/sandi: lama, baru · /profil/sesi/:id/akhiri, :id `lain` = all
 * others · /profil/token: nama_token, akses (read|full), hari · /profil/token/:id/cabut.
 */
export interface ProfileModel {
  readonly name: string;
  readonly email: string;
  readonly role: 'admin' | 'observer';
  readonly wilayah: string | null;
  readonly locale: 'id' | 'en';
  readonly theme: 'auto' | 'light' | 'dark';
  readonly signIns: readonly SignInView[];
  readonly tokens: readonly PersonalTokenView[];
  /** Which form was refused; its values and messages. */
  readonly refused: 'me' | 'password' | 'token' | null;
  readonly form: FormState;
}
/** Shown once, right after it was made. */
export interface NewTokenModel {
  readonly name: string;
  readonly token: string;
  readonly expiresAt: string | null;
}
