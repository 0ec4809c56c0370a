# Every process, looked at four times in one request. Usage: processes WINDOW_CS HOST_VIEW SCAN_CS HASH_MAX_BYTES MAPS_SCRIPT HASH_SCRIPT
# Look A: stat only. While the window runs: numbers that readdir may hide, the host's own ps, mapped files, hashes of executables. Look B:
# everything. Looks C and D: stat again, so that a pid which was reused in between is caught. _CS are hundredths of a second. Output: sections `@MARK name` and file contents each closed by `M=MARK` NUL.
# Bytes are never interpreted here; MARK is fresh, so no process can forge a border.
window=$1 host_view=$2 scan=$3 hash_max=$4 maps_script=$5 hash_script=$6
read -r mark </proc/sys/kernel/random/uuid || exit 3
cd /proc || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }

# now: centiseconds of uptime in $now
now() {
  read -r up _ </proc/uptime
  now=1${up#*.}
  now=$((${up%.*} * 100 + now - 100))
}

# bulk FILE CAP PID...: the first CAP bytes of /proc/PID/FILE for each, in two processes however many there are
bulk() {
  file=$1 cap=$2
  shift 2
  printf "/proc/%s/$file\0/proc/self/environ\0" "$@" | xargs -0 env -i "M=$mark" head -q -c "$cap" 2>/dev/null
}

look() {
  say "clock-$1"
  read -r up _ </proc/uptime
  echo "$up"
  say "pids-$1"
  shift
  echo "$@"
}

printf '@%s begin\n' "$mark"
echo "view ${VIEW:-host}"
say kernel
cat /proc/sys/kernel/random/boot_id /proc/sys/kernel/pid_max /proc/loadavg 2>/dev/null
grep -E '^(btime|processes) ' /proc/stat
say own
echo "$$ $PPID ${OUTER:-}"
say namespaces
stat -c "M=$mark %N" /proc/1/ns/mnt /proc/1/ns/pid "/proc/${OUTER:-self}/ns/mnt" 2>/dev/null
say over
grep -hE ' /proc(/[0-9]+[^ ]*)? ' "/proc/${OUTER:-self}/mountinfo" /proc/1/mountinfo 2>/dev/null

now
began=$now
set -- [0-9]*
readdir_a=$*
look a "$@"
say stat-a
bulk stat 2048 "$@"

# Numbers in use that readdir did not show: asked for one by one, and listed by cgroups. Never wrapped means no number above the last can be in use.
read -r _ _ _ _ last </proc/loadavg
max=$(cat /proc/sys/kernel/pid_max) # a sysctl answers only a whole read; `read` asks byte by byte
forks=$(grep '^processes ' /proc/stat)
forks=${forks#processes }
highest=$last
for pid in "$@"; do [ "$pid" -gt "$highest" ] && highest=$pid; done
limit=$((highest + 1024))
[ "$forks" -ge "$((max - 512))" ] && limit=$max
[ "$limit" -gt "$max" ] && limit=$max
at=1
now
scan_end=$((now + scan))
leaders=
while [ "$at" -le "$limit" ] && [ "$now" -lt "$scan_end" ]; do
  to=$((at + 8191))
  [ "$to" -gt "$limit" ] && to=$limit
  leaders="$leaders
$(seq "$at" "$to" | sed 's,.*,/proc/&/status,' | xargs grep -sH '^Tgid:' | sed -n 's,^/proc/\([0-9]*\)/status:Tgid:[^0-9]*\1$,\1,p')"
  at=$((to + 1))
  now
done
say scan
echo "covered $((at - 1)) of $limit"
groups=
for dir in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup; do
  [ -e "$dir/cgroup.procs" ] && groups=$dir && break
done
members=
[ -n "$groups" ] && members=$(find "$groups" -name cgroup.procs -print0 2>/dev/null | xargs -0 cat 2>/dev/null)
echo "cgroups ${groups:-none}"
# what vanished or was only now started is sorted out by the looks that follow
hidden=$({
  printf '%s\n' $readdir_a [0-9]*
  echo =
  printf '%s\n' $leaders $members
} | awk '$1 == "=" { late = 1; next } !late { seen[$1] = 1; next } $1 > 0 && !($1 in seen) { seen[$1] = 1; print $1 }')
say hidden
echo $hidden
if [ -n "$hidden" ]; then
  look h $hidden
  say stat-h
  bulk stat 2048 $hidden
fi

# The host's own ps, as nobody, without new privileges, with limits: evidence, since it may be the attacker's program.
if [ "$host_view" = 1 ]; then
  ps=
  for dir in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
    [ -x "$dir/ps" ] && ps=$dir/ps && break
  done
  say host-ps
  echo "${ps:-none}"
  if [ -n "$ps" ]; then
    there=
    [ "${VIEW:-host}" = private ] && there="nsenter -m/proc/$OUTER/ns/mnt"
    drop=
    [ "$(id -u)" = 0 ] && drop='chpst -u 65534:65534'
    (
      ulimit -t 4 -f 0 -c 0 -n 64
      ulimit -v 1048576
      cd /
      exec timeout -s KILL 5 env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
        $there setpriv --nnp $drop "$ps" -eo pid </dev/null 2>&1
      exit 127
    ) | head -c 524288
    # $? would be that of head: an empty or odd list is judged by the reader, who knows which pids must be in it
    say host-ps-end
    echo done
  fi
fi

say maps
timeout -s KILL 2 sh -c "$maps_script" maps
say hashes
timeout -s KILL 4 sh -c "$hash_script" exe-hashes "$hash_max"

now
rest=$((window - now + began))
[ "$rest" -gt 0 ] && usleep "${rest}0000"

set -- [0-9]*
say readdir-b
echo "$@"
set -- "$@" $hidden
look b "$@"
say stat-b
bulk stat 2048 "$@"
say cmdline
bulk cmdline 4097 "$@"
say cgroup
bulk cgroup 4096 "$@"
say io
bulk io 512 "$@"
say loginuid
bulk loginuid 32 "$@"
say status
printf '/proc/%s/status\0' "$@" |
  xargs -0 grep -sHE '^(Tgid|Uid|TracerPid|NSpid|VmRSS|Cpus_allowed_list):'
# Only the variables that change what a program loads, runs or remembers: the rest may be the owner's secrets and stays on the host.
say environ
bulk environ 65536 "$@" | tr '\0' '\n' |
  grep -E "^(M=$mark\$|(LD_[A-Z_]*|BASH_ENV|ENV|PATH|SHELL|HISTFILE|HISTSIZE|PROMPT_COMMAND|PERL5OPT|PERL5LIB|PYTHONPATH|PYTHONSTARTUP|NODE_OPTIONS|RUBYOPT|GCONV_PATH|AAZHDE|INVOCATION_ID|SUDO_USER)=)"
say links
printf '/proc/%s/exe\0/proc/%s/cwd\0/proc/%s/ns/mnt\0/proc/%s/ns/pid\0' $(for pid; do echo "$pid" "$pid" "$pid" "$pid"; done) |
  xargs -0 stat -c "M=$mark %N" 2>/dev/null
look c "$@"
say stat-c
bulk stat 2048 "$@"
# Follows the link into its file system, which may hang: last, so that everything above is already on its way.
say exes
printf '/proc/%s/exe\0' "$@" | xargs -0 stat -L -c '%n %d %i %s' 2>/dev/null
look d "$@"
say stat-d
bulk stat 2048 "$@"
say end
