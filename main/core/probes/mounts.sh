# The mount table of every mount namespace. Usage: mounts MAX_NAMESPACES
# Runs with the host's own /proc as PID 1 sees it reachable by number; nothing is entered. Output: sections `table INODE PID` of raw mountinfo.
most=$1
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
cd /proc || exit 3
printf '@%s begin\n' "$mark"
# first our own session's namespace, then PID 1's, then one process of every other
say "session ${OUTER:-self}"
stat -c '%N' /proc/1/ns/mnt "/proc/${OUTER:-self}/ns/mnt" 2>/dev/null
{
  echo "${OUTER:-self}"
  printf '%s\n' 1 [0-9]*
} | sed 's,.*,/proc/&/ns/mnt,' | xargs stat -c '%N' 2>/dev/null |
  sed -n "s,^'/proc/\([0-9a-z]*\)/ns/mnt' -> 'mnt:\[\([0-9]*\)\]'\$,\2 \1,p" |
  awk -v own="$(stat -c '%N' /proc/self/ns/mnt)" -v view="${VIEW:-host}" '
    # the namespace we made for ourselves is not the host
    view == "private" && index(own, "[" $1 "]") { next }
    !($1 in seen) { seen[$1] = 1; print }' |
  head -n "$most" | while read -r inode pid; do
  say "table $inode $pid"
  head -c 262144 "/proc/$pid/mountinfo" 2>/dev/null
done
say end
