# One entry of /proc/PID, only while PID still is the process that was planned. The digest of the very bytes goes to stderr.
# Arguments: PID STARTTIME ENTRY [SKIP COUNT], the last two in blocks of 64 KiB and for `exe` only.
# Exit: 0 read; 20 another process or none; 30 the entry cannot be read; 40 no /proc.
pid=$1 start=$2 entry=$3

same() (
  line=$(cat "/proc/$pid/stat" 2>/dev/null)
  [ -n "$line" ] || exit 1
  set -f
  set -- ${line##*) }
  shift 19
  [ "$1" = "$start" ]
)

# One reading, hashed and printed from memory; base64 because a shell variable holds no NUL.
hashed() {
  read_once=$(base64)
  echo "$read_once" | base64 -d | sha256sum >&2
  echo "$read_once" | base64 -d
}

fds() {
  cd "/proc/$pid/fd" || exit 30
  for fd in *; do
    [ -L "$fd" ] || continue
    printf '%s %s\0' "$fd" "$(readlink "$fd")"
  done
}

[ -d /proc/self ] || exit 40
same || exit 20
case $entry in
exe-digest) sha256sum <"/proc/$pid/exe" 2>/dev/null || exit 30 ;;
exe) dd if="/proc/$pid/exe" bs=65536 skip="$4" count="$5" 2>/dev/null || exit 30 ;;
fds) [ -r "/proc/$pid/fd" ] || exit 30; fds | hashed ;;
cmdline | environ | maps | status | stat | cgroup)
  cat "/proc/$pid/$entry" >/dev/null 2>&1 || exit 30
  cat "/proc/$pid/$entry" | hashed
  ;;
*) exit 30 ;;
esac
same || exit 20
