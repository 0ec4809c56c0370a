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
  # whoever owns the home may put a link here in this moment: the owner of what it leads to stays
  mkdir "./${parent##*/}" && chown -h "$uid:$gid" "./${parent##*/}" || fail 'the folder cannot be made'
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
# All that is written is written inside a folder of ours that is entered once: a path through somebody else's folder may lead elsewhere at the next step.
ours() { [ "$(stat -c %u:%a .)" = 0:700 ]; }
clear_stage() { ([ ! -L "$stage" ] && cd "$stage" 2>/dev/null && ours && rm -f ./file); rmdir "$stage" 2>/dev/null; }
clear_stage
mkdir "$stage" || fail 'no room'
(
  cd "$stage" && ours && [ -z "$(ls -A .)" ] || fail 'somebody interferes with the folder'
  cat >file && [ "$(digest <file)" = "$sha" ] || fail 'the bytes arrived damaged'
  chmod 600 file && chown "$uid:$gid" file && fsync file || fail 'not on stable storage'
  # a link refuses to replace what came there meanwhile
  ln file "../${path##*/}" || fail 'another file appeared' 20
)
status=$?
clear_stage
if [ "$status" != 0 ]; then
  # we stand in it: only an empty one goes, and only by the name it has
  if [ "$made" = yes ]; then cd / && rmdir "$parent" 2>/dev/null; fi
  exit "$status"
fi
fsync .
echo "made=$made"
stat -c 'left=%d %i' "$name"
