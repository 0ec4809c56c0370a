# Takes a unit apart while its processes are frozen: its files and links go to the quarantine, then systemd reads its files again and forgets restarts, stop
# hooks and failure hooks, so that none of them ever runs. Nothing is started, stopped by its own hooks, or disabled by name.
# Usage: stop-unit CASEDIR ACT RELOAD STOP KEEP ROOM QUARANTINE RESTORE RESTORETEXT [PATH DEV INODE SHA256|-]...   (TOOLS in the environment)
#   RELOAD  `yes`: refused where a reload would run a generator nobody vouches for; `quiet`: then only left out; `no`: a user's unit, whose manager is not reached
#   STOP    names to be stopped afterwards (timers, paths, sockets), KEEP names the host must not be without
# Prints `N.key=value` lines for the Nth file, `back=N` for one put back, `reload=…`, `stopped=NAME`, `control=DIGEST` of a systemctl that may be asked,
# `since=TICKS`. Exit: 0 done, 20 not as planned, 30 failed.
set -f
umask 077
case_dir=$1 act=$2 reload=$3 stop=$4 keep=$5 room=$6 quarantine=$7 restore=$8 text=$9
shift 9
nl='
'
fail() { echo "$1" >&2; exit "${2:-30}"; }
has() { case "$nl$1$nl" in *"$nl$2$nl"*) return 0 ;; esac; return 1; }
own() { wanted=$1; shift; while [ $# -ge 4 ]; do [ "$1" = "$wanted" ] && return 0; shift 4; done; return 1; }

# Everything is looked at before anything moves.
check() {
  n=0
  while [ $# -ge 4 ]; do
    n=$((n + 1))
    if [ "$(stat -c '%d %i' "$1" 2>/dev/null)" != "$2 $3" ] && [ ! -e "$case_dir/$act-$n/moved" ]; then
      fail 'another file stands where one of its files was, or it is gone' 20
    fi
    shift 4
  done
}
# A name the host needs must be left with a unit of that name in another folder.
needed() {
  for name in $keep; do
    other=
    for dir in /etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
      [ -f "$dir/$name" ] && ! own "$dir/$name" "$@" && other=$dir
    done
    [ -n "$other" ] || fail 'the host needs a unit of this name and has no other' 20
  done
}
check "$@"
needed "$@"
if [ "$reload" != no ] && ! booted; then if runs_systemd; then reload=unsure; else reload=no; fi; fi
control=
if [ "$reload" = yes ] || [ "$reload" = quiet ]; then
  strange=$(survey | while IFS= read -r -d '' path; do
    case $path in
      *-generators/*) own "$path" "$@" || printf '%s\n' "$path" ;;
      *) echo control ;;
    esac
  done)
  generators=$(printf '%s\n' "$strange" | grep -v '^control$' | head -n 1)
  if [ "$reload" = yes ] && [ -n "$generators" ]; then
    fail "a reload would run a generator that no package vouches for: $generators" 20
  fi
  [ -z "$generators" ] || reload=later
  has "$strange" control || control=$(control_digest)
fi

put_back() {
  while [ "$1" -gt 0 ]; do
    sh -c "$restore" restore "$case_dir" "$act-$1" - - - >/dev/null && echo "back=$1"
    set -- $(($1 - 1))
  done
}
take() {
  n=0
  while [ $# -ge 4 ]; do
    n=$((n + 1))
    out=$(sh -c "$quarantine" quarantine "$case_dir" "$act-$n" "$1" "$2" "$3" "$4" - "$text" </dev/null)
    status=$?
    case $status in
      0 | 10) printf '%s\n' "$out" | sed "s/^/$n./" ;;
      *)
        put_back $((n - 1))
        exit "$status"
        ;;
    esac
    shift 4
  done
}
take "$@"

case $reload in
  no | later | unsure) echo "reload=$reload" ;;
  *)
    reload
    # What it had loaded goes on by itself: a timer ticks, a socket listens. Its files are gone, so no hook of its own is left to run.
    [ -z "$control" ] || for name in $stop; do
      ask 3 --job-mode=ignore-dependencies stop -- "$name" 2>/dev/null && echo "stopped=$name"
    done
    ;;
esac
[ -z "$control" ] || echo "control=$control"
# Clock ticks since boot: what is born in its control group from now on was started again.
read -r up _ </proc/uptime
echo "since=${up%.*}${up#*.}"
exit 0
