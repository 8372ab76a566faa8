#!/usr/bin/env bash
# jail.sh <covered folder>… -- <path to keep>… -- <command>…
# Runs in a mount namespace of its own. Covers closed folders (e.g. /root) with empty open ones that hold nothing but
# the paths to keep, at their usual places, and becomes the command. Nothing outside changes.
set -euo pipefail
covers=() keeps=() handles=()
while [[ $1 != -- ]]; do covers+=("$1"); shift; done
shift
while [[ $1 != -- ]]; do keeps+=("$1"); shift; done
shift
for keep in "${keeps[@]}"; do
  exec {handle}<"$keep"
  handles+=("$handle")
done
for cover in "${covers[@]}"; do mount -t tmpfs -o mode=0755,size=64k,nosuid,nodev tmpfs "$cover"; done
for index in "${!keeps[@]}"; do
  keep=${keeps[index]} handle=${handles[index]}
  if [[ -d /proc/self/fd/$handle ]]; then
    mkdir -p -- "$keep"
  else
    mkdir -p -- "$(dirname -- "$keep")"
    : >"$keep"
  fi
  # -c: the name of the handle leads to the folder below the cover; resolving it would lead to the cover.
  mount -c --bind "/proc/self/fd/$handle" "$keep"
  exec {handle}<&-
done
exec "$@"
