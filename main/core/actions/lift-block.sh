# Takes a block off a folder again, if the mount there is the one we put. Usage: lift PATH POINT
# Exit: 0 done, 10 nothing is mounted there, 20 another mount lies there and stays, 30 failed.
path=$1 point=$2
count=0 options=
while read -r x x x x where opts x; do
  [ "$where" != "$point" ] || count=$((count + 1)) options=$opts
done </proc/self/mountinfo
[ "$count" != 0 ] || exit 10
case $count,$options, in
  1,*,noexec,*) ;;
  *) echo 'another mount lies there' >&2; exit 20 ;;
esac
# Lazily where something still stands in it: the block is gone for everybody at once, the mount when the last one leaves.
umount "$path" 2>/dev/null || umount -l "$path" || { echo 'it cannot be unmounted' >&2; exit 30; }
