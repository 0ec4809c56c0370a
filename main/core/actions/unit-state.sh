# What stands of a unit that was taken apart. Usage: unit-state ASK SINCE NAME|- ROOM PATH...
#   ASK    `yes`: ask systemd what it has loaded; else only files and processes are looked at
#   SINCE  clock ticks since boot when it was taken apart; NAME of the unit whose control group is looked at
# Prints `there=N` for a path (counted from 1) at which something stands, `born=PID` for processes of its control group that began later and are not stopped,
# `loaded=N` for a path systemd still has, `asked=yes|no`. Exit 0.
set -f
ask_too=$1 since=$2 name=$3 room=$4
shift 4
n=0
for path; do
  n=$((n + 1))
  { [ -e "$path" ] || [ -L "$path" ]; } && echo "there=$n"
done
if [ "$name" != - ]; then
  set +f
  groups=$(grep -lF -- "/$name" /proc/[0-9]*/cgroup 2>/dev/null)
  set -f
  for group in $groups; do
    pid=${group#/proc/}
    pid=${pid%/cgroup}
    grep -qE "/$(printf '%s' "$name" | sed 's/[.\\+*?^$()[{|]/\\&/g')(/|\$)" "$group" 2>/dev/null || continue
    line=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
    rest=${line##*) }
    state=${rest%% *}
    born=$(printf '%s' "$rest" | cut -d ' ' -f 20)
    case $state in T | t | Z | X) continue ;; esac
    [ "$born" -le "$since" ] || echo "born=$pid"
  done
fi
if [ "$ask_too" = yes ] && [ "$name" != - ] && booted && systemctl_vouched; then
  if told=$(ask 5 show -p FragmentPath -p DropInPaths -p SourcePath -- "$name" 2>/dev/null); then
    echo asked=yes
    n=0
    for path; do
      n=$((n + 1))
      case " $(printf '%s' "$told" | sed 's/^[A-Za-z]*=//' | tr '\n' ' ') " in *" $path "*) echo "loaded=$n" ;; esac
    done
  else
    echo asked=no
  fi
else
  echo asked=no
fi
exit 0
