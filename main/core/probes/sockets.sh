# Sockets of every network namespace with the processes that hold them. Usage: sockets MAX_NAMESPACES
# Reads links as links (never follows one, so a dead network file system cannot hang it). Output: sections; tables as `LOCAL REMOTE STATE UID INODE`.
most=$1
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
cd /proc || exit 3
set -- [0-9]*
printf '@%s begin\n' "$mark"
namespaces=$(printf '/proc/%s/ns/net\0' "$@" | xargs -0 stat -c '%N' 2>/dev/null |
  sed -n "s,^'/proc/\([0-9]*\)/ns/net' -> 'net:\[\([0-9]*\)\]'\$,\2 \1,p" | awk '!($1 in seen) { seen[$1] = 1; print }')
# a kernel without namespaces has one network, and everybody sees it
[ -n "$namespaces" ] || namespaces="0 self"
say namespaces
printf '%s\n' "$namespaces"
count=0
printf '%s\n' "$namespaces" | while read -r inode pid; do
  count=$((count + 1))
  [ "$count" -le "$most" ] || break
  for table in tcp tcp6 udp udp6; do
    say "$table $inode"
    # the heading proves that the table could be read, even when it is empty
    awk '{ print (FNR == 1) ? "heading" : $2 " " $3 " " $4 " " $8 " " $10 }' "/proc/$pid/net/$table" 2>/dev/null
  done
done
say holders
printf '/proc/%s/fd\0' "$@" | xargs -0 ls -ln /proc/self/fd 2>/dev/null | awk '
  /^\/proc\/[0-9]+\/fd:$/ { split($0, part, "/"); pid = part[3]; next }
  /^\/proc\/self\/fd:$/ { pid = ""; next }
  pid != "" && /^l/ {
    at = index($0, " -> ")
    target = substr($0, at + 4)
    if (target ~ /^socket:\[[0-9]+\]$/) print pid " " substr(target, 9, length(target) - 9)
  }' | sort -u
say denied
for pid; do [ -r "$pid/fd" ] || [ ! -d "$pid" ] || echo "$pid"; done
say end
