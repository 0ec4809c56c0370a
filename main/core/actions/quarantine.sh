# Takes one file out of the way, by rename where the mounts allow, and puts an edited copy in its place when asked to.
# Usage: quarantine CASEDIR ENTRY PATH DEV INODE SHA256|- NEWSHA256|- RESTORETEXT   (edited bytes on stdin; TOOLS in the environment)
# All that putting it back needs is on stable storage before the file moves. Prints key=value lines.
# Exit: 0 done, 10 already, 20 not as planned and untouched, 30 failed and untouched.
set -f
umask 077
case_dir=$1 name=$2 path=$3 dev=$4 inode=$5 sha=$6 new_sha=$7 restore_text=$8
entry=$case_dir/$name
parent=${path%/*}
[ -n "$parent" ] || parent=/

fail() { echo "$1" >&2; exit "${2:-30}"; }
flags_of() { set -- $(lsattr -d "$1" 2>/dev/null | head -n 1); printf '%s' "$1" | tr -d -- '-'; }
locks_of() { printf '%s' "$1" | tr -cd ia; }
digest() { set -- $(sha256sum); echo "$1"; }

# The quarantine must be ours: a link or a foreign owner planted there would carry the evidence away.
for dir in "${case_dir%/*}" "$case_dir"; do
  [ ! -L "$dir" ] || fail 'the quarantine folder is a link'
  [ -d "$dir" ] || mkdir "$dir" || fail 'the quarantine folder cannot be made'
  [ "$(stat -c '%u:%a' "$dir")" = 0:700 ] || fail 'the quarantine folder is not 0700 of root'
done

if [ -e "$entry/moved" ]; then
  [ "$(stat -c '%d %i' "$path" 2>/dev/null)" = "$dev $inode" ] || exit 10
fi
now=$(stat -c '%d %i' "$path" 2>/dev/null) || fail 'gone' 20
[ "$now" = "$dev $inode" ] || fail 'another file stands at this path' 20
if [ "$sha" != - ]; then
  { [ -f "$path" ] && [ ! -L "$path" ]; } || fail 'no longer a regular file' 20
  [ "$(digest <"$path")" = "$sha" ] || fail 'the content changed' 20
fi

[ -d "$entry" ] || mkdir "$entry" || fail 'no room for the entry'
flags=$(flags_of "$path")
parent_flags=$(flags_of "$parent")
meta=$(stat -c 'mode=%a
uid=%u
gid=%g
size=%s
mtime=%Y
atime=%X
nlink=%h
dev=%d
inode=%i' "$path") || fail 'cannot be read' 20
printf '%s' "$path" >"$entry/path" && printf '%s\nflags=%s\n' "$meta" "$flags" >"$entry/meta" || fail 'disk full'
if [ ! -L "$path" ]; then
  "$TOOLS/getfattr" --absolute-names -h -d -m - -e base64 "$path" >"$entry/xattrs" 2>/dev/null || : >"$entry/xattrs"
else
  : >"$entry/xattrs"
fi
if [ "$new_sha" != - ]; then
  cat >"$entry/new" || fail 'disk full'
  [ "$(digest <"$entry/new")" = "$new_sha" ] || fail 'the edited bytes arrived damaged'
fi
if [ ! -e "$case_dir/RESTORE.sh" ]; then
  printf '%s' "$restore_text" >"$case_dir/RESTORE.sh" || fail 'disk full'
fi
printf '%s\n' "$name" >>"$case_dir/manifest" || fail 'disk full'
fsync "$entry/path" "$entry/meta" "$entry/xattrs" "$case_dir/manifest" "$case_dir/RESTORE.sh" "$case_dir" || fail 'not on stable storage'
[ "$new_sha" = - ] || fsync "$entry/new" || fail 'not on stable storage'

relock_parent() { [ -z "$(locks_of "$parent_flags")" ] || chattr "+$(locks_of "$parent_flags")" "$parent"; }
relock() { [ -z "$(locks_of "$flags")" ] || chattr "+$(locks_of "$flags")" "$path"; relock_parent; }
[ -z "$(locks_of "$parent_flags")" ] || chattr -ia "$parent" || fail 'the folder is locked and stays so'
[ -z "$(locks_of "$flags")" ] || chattr -ia "$path" || { relock_parent; fail 'the file is locked and stays so'; }

# A hard link tells whether both folders share one mount: only then is mv a rename, which keeps the inode and cannot lose a byte.
how=copied
if [ -L "$path" ]; then
  [ "$(stat -c %d "$parent")" != "$(stat -c %d "$entry")" ] || how=renamed
elif ln "$path" "$entry/same" 2>/dev/null; then
  rm -f "$entry/same"
  how=renamed
fi
if [ "$how" = renamed ]; then
  mv "$path" "$entry/data" || { relock; fail 'the rename was refused'; }
  if [ "$(stat -c %i "$entry/data")" != "$inode" ]; then
    # Somebody swapped the file in this very moment: it goes back untouched.
    [ -e "$path" ] || mv "$entry/data" "$path"
    relock_parent
    fail 'another file appeared while we moved' 20
  fi
else
  { cp -dp "$path" "$entry/data" && fsync "$entry/data"; } || { rm -f "$entry/data"; relock; fail 'no room for the copy'; }
  [ "$sha" = - ] || [ "$(digest <"$entry/data")" = "$sha" ] || { rm -f "$entry/data"; relock; fail 'the copy differs'; }
  [ "$(stat -c '%d %i' "$path")" = "$dev $inode" ] || { rm -f "$entry/data"; relock_parent; fail 'another file appeared while we copied' 20; }
  rm -f "$path" || { rm -f "$entry/data"; relock; fail 'the original cannot be removed'; }
fi
echo "$how" >"$entry/moved"

if [ "$new_sha" != - ]; then
  # The edited file is made beside its place under a name no scheduler or loader reads, then renamed: nobody ever sees half of it.
  place=$parent/.tourniquet-$name
  if ! cp "$entry/new" "$place"; then
    rm -f "$place" "$entry/moved"
    mv "$entry/data" "$path"
    relock
    fail 'no room for the edited file; the original is back'
  fi
  chown "$(sed -n 's/^uid=//p' "$entry/meta"):$(sed -n 's/^gid=//p' "$entry/meta")" "$place"
  chmod "$(sed -n 's/^mode=//p' "$entry/meta")" "$place"
  if [ -s "$entry/xattrs" ]; then
    { echo "# file: $place"; sed 1d "$entry/xattrs"; } | "$TOOLS/setfattr" --restore=- 2>/dev/null || echo 'note=attributes'
  fi
  fsync "$place"
  mv "$place" "$path"
  echo "new=$(stat -c '%d %i' "$path") $(digest <"$path")"
fi
fsync "$entry/moved" "$entry" "$parent"
relock_parent
printf '%s\n' "$meta"
echo "how=$how"
echo "flags=$flags"
echo "parent_flags=$parent_flags"
