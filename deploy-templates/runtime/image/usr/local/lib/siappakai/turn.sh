# Sourced by siappakai-run. After a power cut the engine starts every village at once, and hundreds of web servers that begin together keep each
# other, and the database, from getting up. So each waits until the processors have room: no more than two tasks ready to run for each of them.

# await_turn UPTIME LOADAVG MADE PROCESSORS SECONDS: returns at once on a machine that has been up for five minutes, and in a container that was made
# since it was switched on (an install or update never waits); otherwise when it is our turn, after SECONDS at the latest, or when `stopping` is
# set. The files are /proc/uptime, /proc/loadavg and one that is as old as the container. Keeps no process beside ours.
await_turn() {
  local up made ready quiet
  read -r up _ <"$1"
  ((${up%%.*} < 300)) || return 0
  made=$(stat -c %Y "$3" 2>/dev/null) || return 0
  ((EPOCHSECONDS - made > ${up%%.*})) || return 0
  local end=$((SECONDS + $5))
  # Nobody ever writes there: reading from it is a wait without a process of its own.
  exec {quiet}<> <(:)
  while ((!stopping && SECONDS < end)); do
    read -r _ _ _ ready _ <"$2"
    # One of them is this very look.
    ((${ready%%/*} - 1 <= 2 * $4)) && break
    # Not all at the same moment: one to two seconds.
    read -rt "1.$((RANDOM % 10))" -u "$quiet" || true
  done
  exec {quiet}>&-
}
