/**
 * Every reason an act of ours can be refused for, with the HTTP status it means. The exit code of the command line
 * follows from the status (`exitCodeOf`), the sentence for people from `server/texts`. Add a line for a new code.
 */
export const ERROR_STATUS = {
  // wrong input
  invalid_input: 422,
  bad_environment: 422,
  unknown_command: 400,
  confirmation_mismatch: 422,
  // the one asked for
  not_signed_in: 401,
  not_allowed: 403,
  not_found: 404,
  too_many_requests: 429,
  // not now, not like this
  conflict: 409,
  stale: 409,
  name_differs: 409,
  name_taken: 409,
  home_in_use: 409,
  not_installed: 409,
  // people and settings
  sign_in_failed: 401,
  link_invalid: 410,
  password_too_short: 422,
  password_too_common: 422,
  email_taken: 409,
  last_admin: 409,
  already_set_up: 409,
  not_set_up: 409,
  kabupaten_in_use: 409,
  dataset_invalid: 422,
  // registration tokens
  desa_unknown: 404,
  token_absent: 404,
  token_missing: 401,
  token_invalid: 401,
  token_expired: 401,
  token_revoked: 401,
  token_not_entitled: 403,
  // mail
  mail_failed: 502,
  // other machines
  ssh_unreachable: 503,
  ssh_refused: 422,
  ssh_failed: 503,
  host_key_unconfirmed: 409,
  host_key_changed: 409,
  // the machine is not fit
  not_root: 503,
  engine_missing: 503,
  engine_not_starting: 503,
  engine_not_answering: 503,
  part_not_starting: 503,
  database_down: 503,
  redis_down: 503,
  port_taken: 503,
  no_space: 507,
  service_user_missing: 503,
  home_unusable: 503,
  // rollouts and releases
  rollout_blocked: 409,
  nothing_to_do: 409,
  release_in_use: 409,
  release_invalid: 422,
  // secrets at rest
  secret_unreadable: 500,
  key_missing: 503,
  internal: 500,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof ERROR_STATUS;
