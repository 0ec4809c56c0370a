# Puts one quarantined file back where it stood, with its bytes, mode, owner, flags and extended attributes.
# Usage: restore CASEDIR ENTRY NEWDEV NEWINODE NEWSHA256   (the edited file we left in its place, or - - - for none; TOOLS in the environment)
# Prints key=value lines. Exit: 0 done, 10 already back, 20 something else stands there now and is left alone, 30 failed.
set -f
umask 077
case_dir=$1 entry=$1/$2 new_dev=$3 new_inode=$4 new_sha=$5
fail() { echo "$1" >&2; exit "${2:-30}"; }
flags_of() { set -- $(lsattr -d "$1" 2>/dev/null | head -n 1); printf '%s' "$1" | tr -d -- '-'; }
locks_of() { printf '%s' "$1" | tr -cd ia; }
digest() { set -- $(sha256sum); echo "$1"; }
field() { sed -n "s/^$1=//p" "$entry/meta"; }

[ -f "$entry/path" ] || fail 'the quarantine has no such entry'
path=$(cat "$entry/path"; echo x)
path=${path%x}
parent=${path%/*}
[ -n "$parent" ] || parent=/

if [ ! -e "$entry/moved" ]; then
  [ "$(stat -c %i "$path" 2>/dev/null)" = "$(field inode)" ] && exit 10
  fail 'the quarantine entry was never completed'
fi
if [ -e "$path" ] || [ -L "$path" ]; then
  [ "$new_dev" != - ] || fail 'a new file stands at this path; it is left alone' 20
  [ "$(stat -c '%d %i' "$path")" = "$new_dev $new_inode" ] || fail 'another file stands at this path; it is left alone' 20
  [ "$(digest <"$path")" = "$new_sha" ] || fail 'the edited file was changed since; it is left alone' 20
fi
[ -d "$parent" ] || fail 'the folder it stood in is gone' 20

parent_flags=$(flags_of "$parent")
relock_parent() { [ -z "$(locks_of "$parent_flags")" ] || chattr "+$(locks_of "$parent_flags")" "$parent"; }
[ -z "$(locks_of "$parent_flags")" ] || chattr -ia "$parent" || fail 'the folder is locked'
how=$(cat "$entry/moved")
if [ -e "$path" ]; then
  mv "$path" "$entry/replaced" || { relock_parent; fail 'the edited file cannot be moved away'; }
fi
if [ "$how" = renamed ]; then
  mv "$entry/data" "$path" || { [ ! -e "$entry/replaced" ] || mv "$entry/replaced" "$path"; relock_parent; fail 'the rename was refused'; }
else
  place=$parent/.tourniquet-${entry##*/}
  { cp -dp "$entry/data" "$place" && fsync "$place"; } || { rm -f "$place"; [ ! -e "$entry/replaced" ] || mv "$entry/replaced" "$path"; relock_parent; fail 'no room to put it back'; }
  if [ ! -L "$place" ]; then
    chown "$(field uid):$(field gid)" "$place"
    chmod "$(field mode)" "$place"
    if [ -s "$entry/xattrs" ]; then
      { echo "# file: $place"; sed 1d "$entry/xattrs"; } | "$TOOLS/setfattr" --restore=- 2>/dev/null || echo 'lost=xattrs'
    fi
    touch -d "@$(field mtime)" "$place"
    echo 'lost=inode'
    echo 'lost=mtime-fraction'
  fi
  mv "$place" "$path"
  rm -f "$entry/data"
fi
locks=$(locks_of "$(field flags)")
[ -z "$locks" ] || chattr "+$locks" "$path" || echo 'lost=flags'
rm -f "$entry/moved"
echo restored >"$entry/state"
fsync "$entry/state" "$entry" "$parent"
relock_parent
[ -L "$path" ] || echo "sha256=$(digest <"$path")"
echo "path_state=$(stat -c '%d %i' "$path")"
