# Puts a first file of keys where an account has none, in a folder that is made if it is missing. Usage: install-key PATH UID GID SHA256   (bytes on stdin)
# The folder around it may belong to somebody hostile: nothing is followed, nothing is overwritten. Prints key=value lines.
# Exit: 0 done, 10 it stands so already, 20 not as planned and untouched, 30 failed and untouched.
set -f
umask 077
path=$1 uid=$2 gid=$3 sha=$4
parent=${path%/*} name=./${path##*/}
stage=.tourniquet-key
fail() { echo "$1" >&2; exit "${2:-30}"; }
digest() { set -- $(sha256sum); echo "$1"; }
made=no
if [ ! -e "$parent" ] && [ ! -L "$parent" ]; then
  cd -P "${parent%/*}" 2>/dev/null && [ "$(pwd -P)" = "${parent%/*}" ] || fail 'the home is not where the account has it' 20
  mkdir "./${parent##*/}" && chown "$uid:$gid" "./${parent##*/}" || fail 'the folder cannot be made'
  made=yes
fi
[ ! -L "$parent" ] && cd -P "$parent" 2>/dev/null && [ "$(pwd -P)" = "$parent" ] || fail 'the folder leads elsewhere' 20
case $(stat -c %u .) in 0|"$uid") ;; *) fail 'the folder belongs to somebody else' 20 ;; esac
if [ -e "$name" ] || [ -L "$name" ]; then
  [ ! -L "$name" ] && [ -f "$name" ] && [ "$(digest <"$name")" = "$sha" ] || fail 'a file stands there now' 20
  echo "made=$made"
  stat -c 'left=%d %i' "$name"
  exit 10
fi
no_stage() { rm -f "$stage/file"; rmdir "$stage" 2>/dev/null; }
[ ! -d "$stage" ] || [ -L "$stage" ] || no_stage
mkdir "$stage" && [ "$(stat -c %u:%a "$stage")" = 0:700 ] || fail 'no room'
cat >"$stage/file" && [ "$(digest <"$stage/file")" = "$sha" ] || { no_stage; fail 'the bytes arrived damaged'; }
chown "$uid:$gid" "$stage/file" && chmod 600 "$stage/file" && fsync "$stage/file" || { no_stage; fail 'not on stable storage'; }
# a link refuses to replace what came there meanwhile
ln "$stage/file" "$name" || { no_stage; fail 'another file appeared' 20; }
no_stage
fsync .
echo "made=$made"
stat -c 'left=%d %i' "$name"
