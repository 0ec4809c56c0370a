# Keeps anything from being started out of one folder: the folder is mounted over itself, noexec and nosuid. No byte on any disk changes.
# Usage: block PATH POINT INODES HASHES
#   POINT    the path as /proc/self/mountinfo writes it
#   INODES   `DEV:INODE` a line, HASHES sha256 a line: programs judged hostile; whatever else there can be executed, or runs, is honest until proven otherwise
# Exit: 0 done, 10 already so, 20 something honest lives there or it is not a plain folder, untouched, 30 failed and untouched.
path=$1 point=$2 inodes=$3 hashes=$4
nl='
'
fail() { echo "$1" >&2; exit "${2:-30}"; }
has() { case "$nl$1$nl" in *"$nl$2$nl"*) return 0 ;; esac; return 1; }
# Options of the topmost mount at the point, and how many lie there.
mounts() {
  count=0 options=
  while read -r x x x x where opts x; do
    [ "$where" != "$point" ] || count=$((count + 1)) options=$opts
  done </proc/self/mountinfo
}
noexec() { case ,$options, in *,noexec,*) return 0 ;; esac; return 1; }

mounts
if [ "$count" = 1 ] && noexec; then echo 'mount=ours'; exit 10; fi
[ "$count" = 0 ] || fail 'something is mounted there already' 20
# From here on the folder is the one we stand in: whoever owns the way to it may have its name lead elsewhere at any moment.
cd -P "$path" 2>/dev/null && [ "$(pwd -P)" = "$path" ] || fail 'not a plain folder' 20

# Who runs from it: only what was judged hostile may.
for link in /proc/[0-9]*/exe; do
  exe=$(readlink "$link" 2>/dev/null) || continue
  case $exe in "$path"/*) ;; *) continue ;; esac
  set -- $(stat -L -c '%d:%i' "$link" 2>/dev/null)
  [ $# = 1 ] || continue
  has "$inodes" "$1" && continue
  set -- $(sha256sum <"$link" 2>/dev/null)
  has "$hashes" "$1" || fail "an honest program runs from it: ${link%/exe}" 20
done
# What could be started from it.
found=$({ find . -xdev -type f \( -perm -0100 -o -perm -0010 -o -perm -0001 \) -exec stat -c '%d:%i' {} \; -exec sha256sum {} \; 2>/dev/null || echo unread; } | head -n 402)
set -f
inode=
lines=0
while read -r word x; do
  [ -n "$word" ] || continue
  lines=$((lines + 1))
  case $word in
    *:*) inode=$word ;;
    unread) fail 'cannot be read' 20 ;;
    *) has "$inodes" "$inode" || has "$hashes" "${word#\\}" || fail 'another program lives there' 20 ;;
  esac
done <<LIST
$found
LIST
[ "$lines" -lt 402 ] || fail 'more programs live there than can be checked' 20

mount --bind . . || fail 'the folder cannot be mounted over itself'
# We still stand below the new mount. It is entered by name, and must be what we have just made: one mount at that name, with this folder in it.
whole=$(stat -c '%d:%i' .)
cover() {
  cd -P "$path" 2>/dev/null && [ "$(pwd -P)" = "$path" ] && [ "$(stat -c '%d:%i' .)" = "$whole" ] || return 1
  mounts
  [ "$count" = 1 ] && mount -o "remount,bind,$options,noexec,nosuid" . .
}
(cover) && mounts && [ "$count" = 1 ] && noexec || {
  umount -l . # the mount over where we stand, whatever it is called by now
  fail 'it cannot be made noexec'
}
stat -c 'dev=%d
inode=%i' .
