# Takes a block off a folder again, if the mount there is the one we put. Usage: lift PATH POINT
# Exit: 0 done, 10 nothing is mounted there, 20 another mount lies there and stays, 30 failed.
path=$1 point=$2
# What lies there is entered before it is looked at: its name may lead to another mount a moment later.
entered=no
cd -P "$path" 2>/dev/null && [ "$(pwd -P)" = "$path" ] && entered=yes
count=0 options=
while read -r x x x x where opts x; do
  [ "$where" != "$point" ] || count=$((count + 1)) options=$opts
done </proc/self/mountinfo
[ "$count" != 0 ] || exit 10
case $count,$options, in
  1,*,noexec,*) ;;
  *) echo 'another mount lies there' >&2; exit 20 ;;
esac
[ "$entered" = yes ] || { echo 'the folder cannot be entered' >&2; exit 30; }
# Lazily, as we stand in it ourselves: the block is gone for everybody at once, the mount when the last one leaves.
umount -l . || { echo 'it cannot be unmounted' >&2; exit 30; }
