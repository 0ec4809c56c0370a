# Stops a set of processes and whatever joins it, until nothing new appears.
# Usage: freeze MAX ROUNDS PAUSE_US GUARDS MEMBERS INODES HASHES CGROUPS INNOCENT
#   GUARDS   pids and exe dev:inode pairs never touched, one a line (`pid N`, `exe DEV:INODE`)
#   MEMBERS  `PID STARTTIME EXEDEV:EXEINODE` a line, revivers first: the planned set
#   INODES   exe `DEV:INODE` a line, HASHES sha256 a line, CGROUPS whole texts of /proc/PID/cgroup with an empty line before and after each: what makes a
#            newcomer a member
# Prints `frozen PID START DEV:INODE planned|joined|respawned EXE` (EXE in base64; respawned: it was born after we began), `ended PID` (stopped by us, and then ended by somebody else), `gone PID`, `changed PID`, `unreadable PID`, `refused PID`, `overflow PID`, `rounds N`, `quiet yes|no`. Exit 0, or 30 when nothing could be done.
set -f
max=$1 rounds=$2 pause=$3 guards=$4 members=$5 inodes=$6 hashes=$7 cgroups=$8 known=$9
nl='
'
count=0
frozen=$nl
# In ticks since boot, as start times are.
read -r began_at x </proc/uptime
began_at=${began_at%.*}${began_at#*.}
look() {
  line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  [ -n "$line" ] || return 1
  set -- ${line##*) }
  state=$1
  parent=$2
  shift 19
  began=$1
}
has() { case "$nl$1$nl" in *"$nl$2$nl"*) return 0 ;; esac; return 1; }
runs() { [ "$(stat -L -c %d:%i "/proc/$1/exe" 2>/dev/null)" = "$2" ]; }
guarded() { [ "$1" -le 2 ] || has "$guards" "pid $1" || has "$guards" "exe $2"; }
stop() { # PID START EXE how
  if guarded "$1" "$3"; then echo "refused $1"; return 1; fi
  if [ "$count" -ge "$max" ]; then echo "overflow $1"; return 1; fi
  kill -STOP "$1" 2>/dev/null || { echo "gone $1"; return 1; }
  # The number may have changed hands since it was looked at; a stopped process keeps its own, so this look is the last word.
  if ! { look "$1" && [ "$began" = "$2" ] && runs "$1" "$3"; }; then kill -CONT "$1" 2>/dev/null; echo "changed $1"; return 1; fi
  count=$((count + 1))
  frozen="$frozen$1 $2 $3$nl"
  how=$4
  [ "$how" = planned ] || [ "$2" -le "$began_at" ] || how=respawned
  [ "$how" != respawned ] || need=6
  echo "frozen $1 $2 $3 $how $(readlink "/proc/$1/exe" 2>/dev/null | base64 -w 0)"
}
# Quiet rounds that end the hunt. What came back before our eyes may come back again, and what somebody ended after we stopped it (systemd does that to a unit it
# watches) is about to: then the quiet must last past two of its revivals.
need=3
ended=

while read -r pid start exe; do
  [ -n "$pid" ] || continue
  if ! look "$pid"; then
    # Under the host's own /proc an entry covered by a mount reads as absent, and is not.
    if [ "${VIEW:-host}" != private ] && kill -0 "$pid" 2>/dev/null; then echo "unreadable $pid"; else echo "gone $pid"; fi
    continue
  fi
  { [ "$began" = "$start" ] && runs "$pid" "$exe"; } || { echo "changed $pid"; continue; }
  case $state in Z|X) echo "gone $pid"; continue ;; esac
  stop "$pid" "$start" "$exe" planned
done <<EOF
$members
EOF

# Rounds: enough empty ones in a row end the hunt. A stopped process cannot fork, so the set can only shrink to quiet.
empty=0
round=0
while [ "$round" -lt "$rounds" ] && [ "$empty" -lt "$need" ]; do
  round=$((round + 1))
  new=0
  set +f
  all=$(stat -L -c '%n %d:%i' /proc/[0-9]*/exe 2>/dev/null)
  set -f
  while read -r link exe; do
    [ -n "$link" ] || continue
    pid=${link#/proc/}
    pid=${pid%/exe}
    member=no
    if has "$inodes" "$exe"; then member=yes
    elif [ -n "$hashes" ] && ! has "$known" "$exe"; then
      sum=$({ sha256sum <"/proc/$pid/exe"; } 2>/dev/null)
      if has "$hashes" "${sum%% *}"; then member=yes; inodes="$inodes$nl$exe"; else known="$known$nl$exe"; fi
    fi
    if [ "$member" = no ] && [ -n "$cgroups" ]; then
      group=$(cat "/proc/$pid/cgroup" 2>/dev/null)
      # no line of it is empty, so whole texts between empty lines cannot be confused
      case $cgroups in *"$nl$nl$group$nl$nl"*) [ -z "$group" ] || member=yes ;; esac
    fi
    [ "$member" = yes ] || continue
    # The list is as old as the digests in between took.
    { look "$pid" && runs "$pid" "$exe"; } || continue
    case $state in Z|X) continue ;; esac
    if has "$frozen" "$pid $began $exe"; then
      case $state in T|t) ;; *) kill -STOP "$pid"; new=1 ;; esac
      continue
    fi
    guarded "$pid" "$exe" && continue
    new=1
    stop "$pid" "$began" "$exe" joined || :
  done <<EOF
$all
EOF
  while read -r pid start exe; do
    [ -n "$pid" ] && ! has "$ended" "$pid $start" || continue
    if look "$pid" && [ "$began" = "$start" ]; then case $state in Z|X) ;; *) continue ;; esac; fi
    echo "ended $pid"
    ended="$ended$nl$pid $start"
    need=6
    new=1
  done <<EOF
$frozen
EOF
  if [ "$new" = 0 ]; then empty=$((empty + 1)); else empty=0; fi
  usleep "$pause"
done
echo "rounds $round"
if [ "$empty" -ge "$need" ]; then echo 'quiet yes'; else echo 'quiet no'; fi
