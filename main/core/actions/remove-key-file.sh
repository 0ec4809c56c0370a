# Takes back a file of keys that we made, if it is still the very file. Usage: remove-key-file PATH DEV INODE SHA256 MADE
# Exit: 0 done, 10 gone already, 20 changed since and left alone, 30 failed.
set -f
path=$1 dev=$2 inode=$3 sha=$4 made=$5
parent=${path%/*} name=./${path##*/}
fail() { echo "$1" >&2; exit "${2:-30}"; }
digest() { set -- $(sha256sum); echo "$1"; }
[ ! -L "$parent" ] && cd -P "$parent" 2>/dev/null && [ "$(pwd -P)" = "$parent" ] || exit 10
[ -e "$name" ] || [ -L "$name" ] || exit 10
[ ! -L "$name" ] && [ "$(stat -c '%d %i' "$name")" = "$dev $inode" ] || fail 'another file stands there' 20
[ "$(digest <"$name")" = "$sha" ] || fail 'it was changed since; it is left alone' 20
rm -f "$name" || fail 'it cannot be removed'
fsync .
if [ "$made" = yes ]; then cd / && rmdir "$parent" 2>/dev/null; fi
exit 0
