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
there() { [ -e "$1" ] || [ -L "$1" ]; }

[ -f "$entry/path" ] || fail 'the quarantine has no such entry'
path=$(cat "$entry/path"; echo x)
path=${path%x}
parent=${path%/*}
[ -n "$parent" ] || parent=/
here=./${path##*/}
stage=.tourniquet-${entry##*/}

# From here on the folder is the one we stand in. It must be where it was: a link in its place would have us write wherever it leads.
cd -P "$parent" 2>/dev/null || fail 'the folder it stood in is gone' 20
[ ! -f "$entry/where" ] || [ "$(pwd -P; echo x)" = "$(cat "$entry/where"; echo x)" ] || fail 'the folder it stood in leads elsewhere now' 20
is_it() { [ "$(stat -c %i "$here" 2>/dev/null)" = "$(field inode)" ]; }
if [ ! -e "$entry/moved" ]; then
  { is_it || [ -e "$entry/state" ]; } && there "$here" && exit 10
  fail 'the quarantine entry was never completed'
fi

# A cut-off attempt may have taken the folder's lock off: what it saw counts.
[ -f "$entry/folder" ] || flags_of . >"$entry/folder"
parent_flags=$(cat "$entry/folder")
relock_parent() {
  [ -z "$(locks_of "$parent_flags")" ] || chattr "+$(locks_of "$parent_flags")" .
  rm -f "$entry/folder"
}
how=$(cat "$entry/moved")
seal() {
  locks=$(locks_of "$(field flags)")
  [ -z "$locks" ] || chattr "+$locks" "$here" || echo 'lost=flags'
  echo restored >"$entry/state"
  relock_parent
  rm -f "$entry/moved" "$entry/back"
  fsync "$entry/state" "$entry" .
  [ -L "$here" ] || echo "sha256=$(digest <"$here")"
  echo "path_state=$(stat -c '%d %i' "$here")"
}
# An attempt that was cut off after its last rename: what is left to do is the locks.
is_copy() { [ -f "$entry/back" ] && [ "$(stat -c '%d %i' "$here")" = "$(cat "$entry/back")" ]; }
if there "$here" && { is_copy || { ! there "$entry/data" && is_it; }; }; then
  rm -f "$entry/data"
  rmdir "$stage" 2>/dev/null
  seal
  exit 10
fi
if there "$here"; then
  [ "$new_dev" != - ] || fail 'a new file stands at this path; it is left alone' 20
  [ "$(stat -c '%d %i' "$here")" = "$new_dev $new_inode" ] || fail 'another file stands at this path; it is left alone' 20
  [ "$(digest <"$here")" = "$new_sha" ] || fail 'the edited file was changed since; it is left alone' 20
fi
fsync "$entry/folder" "$entry"
[ -z "$(locks_of "$parent_flags")" ] || chattr -ia . || fail 'the folder is locked'

# A copy is made ready in a folder only we can enter: whoever owns the folder around it can put no link in its way.
make_copy() (
  [ ! -d "$stage" ] || [ -L "$stage" ] || { rm -f "$stage/file"; rmdir "$stage"; }
  mkdir "$stage" && cd "$stage" && [ "$(stat -c %u .)" = 0 ] && chmod 700 . && [ -z "$(ls -A .)" ] || exit 1
  cp -dp "$entry/data" file || exit 1
  [ ! -L file ] || exit 0
  fsync file && chown "$(field uid):$(field gid)" file && chmod "$(field mode)" file || exit 1
  if [ -s "$entry/xattrs" ]; then
    { echo '# file: file'; sed 1d "$entry/xattrs"; } | "$TOOLS/setfattr" --restore=- 2>/dev/null || echo 'lost=xattrs'
  fi
  touch -d "@$(field mtime)" file
  echo 'lost=inode'
  echo 'lost=mtime-fraction'
)
if [ "$how" != renamed ]; then
  make_copy || { rm -f "$stage/file"; rmdir "$stage" 2>/dev/null; relock_parent; fail 'no room to put it back'; }
fi
if there "$here"; then
  mv -T "$here" "$entry/replaced" || { relock_parent; fail 'the edited file cannot be moved away'; }
fi
if [ "$how" = renamed ]; then
  mv -T "$entry/data" "$here" || { ! there "$entry/replaced" || mv -T "$entry/replaced" "$here"; relock_parent; fail 'the rename was refused'; }
else
  stat -c '%d %i' "$stage/file" >"$entry/back" && fsync "$entry/back"
  mv -T "$stage/file" "$here" || { ! there "$entry/replaced" || mv -T "$entry/replaced" "$here"; relock_parent; fail 'it cannot be put in its place'; }
  rmdir "$stage"
  rm -f "$entry/data"
fi
seal
