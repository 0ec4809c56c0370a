# Takes one file out of the way, by rename where the mounts allow, and puts an edited copy in its place when asked to.
# Usage: quarantine CASEDIR ENTRY PATH DEV INODE SHA256|- NEWSHA256|- RESTORETEXT [FROM MODE OWNER:GROUP]   (TOOLS in the environment)
# The bytes that take its place come on stdin and get its properties; or from the file FROM, with a mode and owner of their own and only its label.
# All that putting it back needs is on stable storage before the file moves, so an attempt that was cut off anywhere can be asked for again. Prints key=value lines.
# Exit: 0 done, 10 done by an earlier attempt (with the same lines), 20 not as planned and untouched, 30 failed and untouched.
set -f
umask 077
case_dir=$1 name=$2 path=$3 dev=$4 inode=$5 sha=$6 new_sha=$7 restore_text=$8 from=${9:-} new_mode=${10:-} new_owner=${11:-}
entry=$case_dir/$name
parent=${path%/*}
[ -n "$parent" ] || parent=/
here=./${path##*/}
stage=.tourniquet-$name
nl='
'

fail() { echo "$1" >&2; exit "${2:-30}"; }
flags_of() { set -- $(lsattr -d "$1" 2>/dev/null | head -n 1); printf '%s' "$1" | tr -d -- '-'; }
locks_of() { printf '%s' "$1" | tr -cd ia; }
digest() { set -- $(sha256sum); echo "$1"; }
field() { sed -n "s/^$1=//p" "$entry/meta"; }
there() { [ -e "$1" ] || [ -L "$1" ]; }
is_planned() { [ "$(stat -c '%d %i' "$here" 2>/dev/null)" = "$dev $inode" ]; }
relock_parent() { [ -z "$(locks_of "$parent_flags")" ] || chattr "+$(locks_of "$parent_flags")" .; }
relock() { [ -z "$(locks_of "$flags")" ] || chattr "+$(locks_of "$flags")" "$here"; }
unlock() { [ -z "$(locks_of "$flags")" ] || chattr -ia "$here"; }

# The quarantine must be ours: a link or a foreign owner planted there would carry the evidence away.
ours() {
  [ ! -L "$1" ] || fail 'the quarantine folder is a link'
  [ -d "$1" ] || mkdir "$1" || fail 'the quarantine folder cannot be made'
  [ "$(stat -c '%u:%a' "$1")" = 0:700 ] || fail 'the quarantine folder is not 0700 of root'
}

# The edited file is made ready beside its place, in a folder only we can enter, under a name no scheduler or loader reads: whoever owns the
# folder around it can neither swap it nor put a link in its way, and nobody ever sees half of it.
make_new() (
  [ ! -d "$stage" ] || [ -L "$stage" ] || { rm -f "$stage/file"; rmdir "$stage"; }
  mkdir "$stage" && cd "$stage" && [ "$(stat -c %u .)" = 0 ] && chmod 700 . && [ -z "$(ls -A .)" ] || exit 1
  cp "$entry/new" file && chown "${new_owner:-$(field uid):$(field gid)}" file && chmod "${new_mode:-$(field mode)}" file || exit 1
  if [ -s "$entry/xattrs" ]; then
    { echo '# file: file'; sed 1d "$entry/xattrs" | if [ -n "$from" ]; then grep '^security\.selinux='; else grep -v '^security\.capability='; fi; } | "$TOOLS/setfattr" --restore=- 2>/dev/null || echo 'note=attributes'
  fi
  fsync file
)
no_new() { rm -f "$stage/file"; rmdir "$stage" 2>/dev/null; }
put_new() { mv -T "$stage/file" "$here"; }

finish() {
  rmdir "$stage" 2>/dev/null
  fsync "$entry" .
  relock_parent
  cat "$entry/meta"
  echo "how=$(cat "$entry/moved")"
  # Only bytes of ours are named: what somebody wrote there since stays theirs.
  [ "$new_sha" = - ] || [ -L "$here" ] || [ "$(digest <"$here" 2>/dev/null)" != "$new_sha" ] || echo "new=$(stat -c '%d %i' "$here") $new_sha"
}

ours "${case_dir%/*}"
ours "$case_dir"
# From here on the folder is the one we stand in, whatever becomes of its name.
cd -P "$parent" 2>/dev/null || fail gone 20
there "$here" || there "$entry/data" || fail gone 20

if [ -e "$entry/moved" ] && there "$entry/data" && ! is_planned; then
  ours "$entry"
  parent_flags=$(field parent_flags)
  if [ "$new_sha" != - ] && ! there "$here"; then make_new && put_new || fail 'no room for the edited file; the original is in quarantine'; fi
  finish
  exit 10
fi
is_planned || fail 'another file stands at this path' 20
if [ "$sha" != - ]; then
  { [ -f "$here" ] && [ ! -L "$here" ]; } || fail 'no longer a regular file' 20
  [ "$(digest <"$here")" = "$sha" ] || fail 'the content changed' 20
fi

ours "$entry"
# What an attempt that was cut off left of its copy goes; a folder in its place is none of ours.
rm -f "$entry/moved" "$entry/data" "$entry/same" || fail 'the quarantine entry is not empty'
flags=$(flags_of "$here")
parent_flags=$(flags_of .)
# It may also have taken the locks off already: what it saw counts.
if [ "$(field inode 2>/dev/null)" = "$inode" ]; then flags=$(field flags) parent_flags=$(field parent_flags); fi
meta=$(stat -c 'mode=%a
uid=%u
gid=%g
size=%s
mtime=%Y
atime=%X
nlink=%h
dev=%d
inode=%i' "$here") || fail 'cannot be read' 20
# In the same look, not before it: the mode and owner of another file that stood there for a moment must never come to be those of the edited one.
[ "${meta#*"$nl"dev=}" = "$dev${nl}inode=$inode" ] || fail 'another file stands at this path' 20
printf '%s' "$path" >"$entry/path" && pwd -P >"$entry/where" && printf '%s\nflags=%s\nparent_flags=%s\n' "$meta" "$flags" "$parent_flags" >"$entry/meta.new" &&
  mv "$entry/meta.new" "$entry/meta" || fail 'disk full'
if [ ! -L "$here" ]; then
  "$TOOLS/getfattr" --absolute-names -h -d -m - -e base64 "$here" >"$entry/xattrs" 2>/dev/null || : >"$entry/xattrs"
else
  : >"$entry/xattrs"
fi
if [ "$new_sha" != - ]; then
  if [ -n "$from" ]; then [ -f "$from" ] && cat "$from"; else cat; fi >"$entry/new" || fail 'the new bytes are not at hand, or the disk is full'
  [ "$(digest <"$entry/new")" = "$new_sha" ] || fail 'the edited bytes arrived damaged'
fi
if [ ! -e "$case_dir/RESTORE.sh" ]; then
  printf '%s' "$restore_text" >"$case_dir/RESTORE.sh" || fail 'disk full'
fi
grep -Fqx "$name" "$case_dir/manifest" 2>/dev/null || printf '%s\n' "$name" >>"$case_dir/manifest" || fail 'disk full'
fsync "$entry/path" "$entry/where" "$entry/meta" "$entry/xattrs" "$entry" "$case_dir/manifest" "$case_dir/RESTORE.sh" "$case_dir" || fail 'not on stable storage'
[ "$new_sha" = - ] || fsync "$entry/new" || fail 'not on stable storage'

# A hard link tells whether both folders share one mount: only then is mv a rename, which keeps the inode and cannot lose a byte.
unlock || fail 'the file is locked and stays so'
how=copied
if [ -L "$here" ]; then
  [ "$(stat -c %d .)" != "$(stat -c %d "$entry")" ] || how=renamed
elif ln "$here" "$entry/same" 2>/dev/null; then
  rm -f "$entry/same"
  how=renamed
fi
if [ "$how" = copied ]; then
  relock # a copy takes time: cut off in the middle of it, the file is as it was
  { cp -dp "$here" "$entry/data" && { [ -L "$entry/data" ] || fsync "$entry/data"; }; } || { rm -f "$entry/data"; fail 'no room for the copy'; }
  [ "$sha" = - ] || [ "$(digest <"$entry/data")" = "$sha" ] || { rm -f "$entry/data"; fail 'the copy differs'; }
fi
back() { rm -f "$entry/moved"; no_new; ! is_planned || relock; relock_parent; fail "$@"; }
[ -z "$(locks_of "$parent_flags")" ] || chattr -ia . || back 'the folder is locked and stays so'
if [ "$new_sha" != - ]; then make_new || back 'no room for the edited file'; fi

# The mark comes first: with it, bytes in the quarantine that are no longer at their path are bytes that were taken, whenever we are cut off.
echo "$how" >"$entry/moved" && fsync "$entry/moved" "$entry" || back 'disk full'
if [ "$how" = renamed ]; then
  mv -T "$here" "$entry/data" || back 'the rename was refused'
  if [ "$(stat -c %i "$entry/data")" != "$inode" ]; then
    # Somebody swapped the file in this very moment: it goes back untouched.
    there "$here" || mv -T "$entry/data" "$here"
    back 'another file appeared while we moved' 20
  fi
else
  unlock || back 'the file is locked and stays so'
  is_planned || { rm -f "$entry/data"; back 'another file appeared while we copied' 20; }
  rm -f "$here" || { rm -f "$entry/data"; back 'the original cannot be removed'; }
fi
if [ "$new_sha" != - ] && ! put_new; then
  mv -T "$entry/data" "$here"
  back 'the edited file cannot be put in place; the original is back'
fi
finish
