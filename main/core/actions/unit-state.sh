# What stands of a unit that was taken apart. Usage: unit-state CONTROL|- SINCE NAME|- ASKED|- ROOM PATH...
#   CONTROL  digest of the systemctl that was vouched for: only that one is asked what it has loaded of ASKED, a unit's name
#   SINCE    clock ticks since boot when it was taken apart; NAME of the unit whose control group is looked at
# Prints `there=N` for a path (counted from 1) at which something stands, `born=PID` for processes of its control group that began later and are not stopped,
# `loaded=N` for a path systemd still has, `asked=yes|no`. Exit 0.
set -f
control=$1 since=$2 name=$3 asked=$4 room=$5
shift 5
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
told=
if [ "$asked" != - ] && [ "$control" != - ] && booted && [ "$(control_digest)" = "$control" ]; then
  told=$(ask 5 show -p FragmentPath -p DropInPaths -p SourcePath -- "$asked" 2>/dev/null)
fi
if [ -n "$told" ]; then
  echo asked=yes
  n=0
  for path; do
    n=$((n + 1))
    case " $(printf '%s' "$told" | sed 's/^[A-Za-z]*=//' | tr '\n' ' ') " in *" $path "*) echo "loaded=$n" ;; esac
  done
else
  echo asked=no
fi
exit 0
