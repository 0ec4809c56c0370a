# Puts a program back where nothing is, ready and whole before it has its name; or, to undo that, takes the one we put there into the quarantine.
# Usage: place-binary place CASEDIR ENTRY PATH SHA256 FROM MODE OWNER RESTORETEXT
#        place-binary unplace CASEDIR ENTRY PATH SHA256 DEV INODE
# Prints key=value lines. Exit: 0 done, 10 already so, 20 something else stands there and is left alone, 30 failed and untouched.
set -f
umask 077
what=$1 case_dir=$2 entry=$2/$3 name=$3 path=$4 sha=$5
parent=${path%/*}
[ -n "$parent" ] || parent=/
here=./${path##*/}
stage=.tourniquet-$name
fail() { echo "$1" >&2; exit "${2:-30}"; }
there() { [ -e "$1" ] || [ -L "$1" ]; }
digest() { set -- $(sha256sum); echo "$1"; }
is_ours() { [ -f "$here" ] && [ ! -L "$here" ] && [ "$(digest <"$here")" = "$sha" ]; }
flags_of() { set -- $(lsattr -d "$1" 2>/dev/null | head -n 1); printf '%s' "$1" | tr -cd ia; }
ours() {
  [ ! -L "$1" ] || fail 'the quarantine folder is a link'
  [ -d "$1" ] || mkdir "$1" || fail 'the quarantine folder cannot be made'
  [ "$(stat -c '%u:%a' "$1")" = 0:700 ] || fail 'the quarantine folder is not 0700 of root'
}
cd -P "$parent" 2>/dev/null || fail 'the folder is gone' 20
locks=$(flags_of .)
relock() { [ -z "$locks" ] || chattr "+$locks" .; }
unlock() { [ -z "$locks" ] || chattr -ia . || fail 'the folder is locked and stays so'; }

if [ "$what" = unplace ]; then
  there "$here" || exit 10
  [ "$(stat -c '%d %i' "$here")" = "$6 $7" ] && is_ours || fail 'another file stands there now; it is left alone' 20
  ours "${case_dir%/*}"; ours "$case_dir"; ours "$entry"
  unlock
  mv -T "$here" "$entry/replaced" || { relock; fail 'it cannot be moved away'; }
  echo restored >"$entry/state"
  fsync "$entry/state" "$entry" .
  relock
  exit 0
fi
from=$6 mode=$7 owner=$8
if there "$here"; then
  # an earlier attempt of this very act put it there
  [ -e "$entry/placed" ] && is_ours && { echo "new=$(stat -c '%d %i' "$here")"; exit 10; }
  fail 'something stands there now' 20
fi
ours "${case_dir%/*}"; ours "$case_dir"; ours "$entry"
[ -f "$from" ] && [ ! -L "$from" ] || fail 'the good bytes are no longer at hand'
unlock
no_stage() { rm -f "$stage/file"; rmdir "$stage" 2>/dev/null; }
(
  [ ! -d "$stage" ] || [ -L "$stage" ] || no_stage
  mkdir "$stage" && cd "$stage" && [ "$(stat -c %u .)" = 0 ] && chmod 700 . && [ -z "$(ls -A .)" ] || exit 1
  # the source is the host's where it is a copy there: only the digest of what arrived counts
  cat "$from" >file && [ "$(digest <file)" = "$sha" ] && chown "$owner" file && chmod "$mode" file && fsync file
) || { no_stage; relock; fail 'the good bytes could not be made ready'; }
printf '%s' "$path" >"$entry/path" && echo placed >"$entry/placed" && fsync "$entry/path" "$entry/placed" "$entry" || { no_stage; relock; fail 'disk full'; }
# a link never replaces: whatever appeared in this moment stays
ln "$stage/file" "$here" 2>/dev/null || { no_stage; relock; fail 'something appeared there' 20; }
no_stage
fsync .
relock
echo "new=$(stat -c '%d %i' "$here")"
