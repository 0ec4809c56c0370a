# Lists the processes that run one executable, whatever their name; with COMMAND (its words joined by blanks) those that run it with the same words.
# Usage: same DEV INODE [COMMAND]
# Where the host's own /proc has to do, a mount over an entry makes the answer worthless: exit 30, and nothing is known.
if [ "${VIEW:-host}" != private ] && grep -q ' /proc/[0-9]' /proc/self/mountinfo; then
  echo 'a mount hides entries of /proc' >&2
  exit 30
fi
n=0
for link in /proc/[0-9]*/exe; do n=$((n + 1)); done
stat -L -c '%n %d %i' /proc/[0-9]*/exe 2>/dev/null | while read -r link dev inode; do
  [ "$dev $inode" = "$1 $2" ] || continue
  pid=${link#/proc/}
  pid=${pid%/exe}
  if [ $# -gt 2 ]; then
    line=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)
    [ "${line% }" = "$3" ] || continue
  fi
  state=$(sed -n 's/^State:[^A-Z]*\([A-Z]\).*/\1/p' "/proc/$pid/status" 2>/dev/null)
  case $state in Z|X|'') ;; *) echo "pid=$pid" ;; esac
done
echo "looked=$n"
