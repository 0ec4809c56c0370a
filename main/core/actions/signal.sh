# Sends one signal to one process after making sure it is the one that was planned, and reports its state afterwards.
# Usage: signal STOP|CONT|KILL PID STARTTIME EXEDEV|- EXEINODE|- SHA256|- MUSTBESTOPPED(yes|no)
# Exit: 0 done, 10 already so, 20 not the planned process and untouched, 30 failed.
set -f
action=$1 pid=$2 start=$3 dev=$4 inode=$5 sha=$6 stopped=$7
fail() { echo "$1" >&2; exit "${2:-30}"; }
# Fields after the last `)`: comm may hold blanks, newlines and parentheses of its own.
look() {
  line=$(cat "/proc/$pid/stat" 2>/dev/null) || return 1
  [ -n "$line" ] || return 1
  set -- ${line##*) }
  state=$1
  shift 19
  began=$1
}
absent() { [ "$action" = KILL ] && { echo state=gone; exit 10; }; fail 'the process is gone' 20; }
# Under the host's own /proc an entry covered by a mount reads as absent, and is not.
covered() { [ "${VIEW:-host}" != private ] && kill -0 "$pid" 2>/dev/null; }
look || { covered && fail 'its entry in /proc cannot be read, so it cannot be identified'; absent; }
[ "$began" = "$start" ] || absent
case $state in Z|X) absent ;; esac
if [ "$inode" != - ]; then
  [ "$(stat -L -c '%d %i' "/proc/$pid/exe" 2>/dev/null)" = "$dev $inode" ] || fail 'it runs another executable now' 20
fi
if [ "$sha" != - ]; then
  set -- $(sha256sum <"/proc/$pid/exe")
  [ "$1" = "$sha" ] || fail 'its executable changed' 20
fi
[ "$pid" -gt 1 ] || fail 'process 1 is never touched' 20
if [ "$stopped" = yes ]; then
  case $state in T|t) ;; *) fail "it is no longer frozen (state $state)" 20 ;; esac
fi
case $action:$state in STOP:T|CONT:[!Tt]) echo "state=$state"; exit 10 ;; esac
kill -"$action" "$pid" || fail 'the signal was refused'
n=0
while [ $n -lt 50 ]; do
  look || { echo state=gone; exit 0; }
  [ "$began" = "$start" ] || { echo state=gone; exit 0; }
  case $action:$state in
    STOP:T|CONT:[!Tt]) echo "state=$state"; exit 0 ;;
    KILL:Z|KILL:X) echo state=gone; exit 0 ;;
  esac
  n=$((n + 1))
  usleep 40000
done
fail "still in state $state two seconds after the signal"
