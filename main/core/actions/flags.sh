# Clears or sets the immutable and append-only flags of one file, after making sure it is the planned one.
# Usage: flags PATH DEV INODE clear|set LETTERS      Exit: 0 done, 10 already, 20 not as planned, 30 failed.
set -f
path=$1 dev=$2 inode=$3 action=$4 letters=$5
fail() { echo "$1" >&2; exit "${2:-30}"; }
flags_of() { set -- $(lsattr -d "$1" 2>/dev/null | head -n 1); printf '%s' "$1" | tr -d -- '-'; }
# From inside its folder: whoever owns the way to it may lead the way elsewhere meanwhile. A link in its place is refused by the tools themselves.
cd -P "${path%/*}/" 2>/dev/null || fail 'its folder is gone' 20
here=./${path##*/}
[ "$(stat -c '%d %i' "$here" 2>/dev/null)" = "$dev $inode" ] || fail 'another file stands at this path' 20
before=$(flags_of "$here")
locks=$(printf '%s' "$before" | tr -cd ia)
case $action in
  clear) [ -n "$locks" ] || { echo "flags=$before"; exit 10; }
    chattr -ia "$here" || fail 'the flags stay' ;;
  set) chattr "+$letters" "$here" || fail 'the flags cannot be set' ;;
esac
echo "before=$before"
echo "flags=$(flags_of "$here")"
