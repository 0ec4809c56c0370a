# Says what has become of one process. Usage: process-state PID STARTTIME    Prints stopped, running, gone, or nothing when that cannot be known.
[ -d /proc/self ] || exit 1
line=$(cat "/proc/$1/stat" 2>/dev/null)
if [ -z "$line" ]; then
  # An entry covered by a mount reads as absent, and is not.
  [ "${VIEW:-host}" = private ] || ! kill -0 "$1" 2>/dev/null || exit 1
  echo gone
  exit 0
fi
set -f
start=$2
set -- ${line##*) }
state=$1
shift 19
[ "$1" = "$start" ] || { echo gone; exit 0; }
case $state in Z | X) echo gone ;; T | t) echo stopped ;; *) echo running ;; esac
