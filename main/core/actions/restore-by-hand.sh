#!/bin/sh
# Tourniquet quarantine: puts files back without Tourniquet. Run as root, in this folder, with any POSIX shell:
#   sh RESTORE.sh            lists what is here
#   sh RESTORE.sh ENTRY...   puts these entries back;   sh RESTORE.sh --all   puts all back, newest first
# What is here was judged hostile or stood in the way of removing something hostile. Putting it back may bring the miner back.
cd "$(dirname "$0")" || exit 1
# Names are the attacker's: what a terminal could obey is shown as a question mark.
plain() { printf '%s' "$1" | LC_ALL=C tr -c '[:print:]' '?'; }
one() {
  [ -f "$1/moved" ] || { echo "$1: not in quarantine"; return 1; }
  path=$(cat "$1/path"; echo x); path=${path%x}
  field() { sed -n "s/^$2=//p" "$1/meta"; }
  # A link where its folder was would put it wherever that leads.
  where=$(cd -P "${path%/*}/" 2>/dev/null && pwd -P; echo x)
  [ ! -f "$1/where" ] || [ "$where" = "$(cat "$1/where"; echo x)" ] || { echo "$1: the folder it stood in is gone or leads elsewhere"; return 1; }
  if [ -e "$path" ] || [ -L "$path" ]; then
    if [ ! -L "$path" ] && [ -f "$1/new" ] && cmp -s "$1/new" "$path"; then mv "$path" "$1/replaced" || return 1
    else echo "$1: something else stands at $(plain "$path") and is left alone"; return 1; fi
  fi
  # All that it had is given to it here, where only root comes: at its place somebody may put a link to another file the moment it is back.
  if [ ! -L "$1/data" ]; then
    chown "$(field "$1" uid):$(field "$1" gid)" "$1/data"
    chmod "$(field "$1" mode)" "$1/data"
    [ ! -s "$1/xattrs" ] || { echo "# file: $1/data"; sed 1d "$1/xattrs"; } | setfattr --restore=- 2>/dev/null
    # a file that was moved still has its times; a copy has them to the second
    [ "$(cat "$1/moved")" = renamed ] || touch -d "@$(field "$1" mtime)" "$1/data"
  fi
  mv "$1/data" "$path" || return 1
  locks=$(field "$1" flags | tr -cd ia)
  [ -z "$locks" ] || [ -L "$path" ] || chattr "+$locks" "$path"
  rm -f "$1/moved"
  echo restored >"$1/state"
  echo "$1: back at $(plain "$path")"
}
[ $# -gt 0 ] || { for e in $(cat manifest); do [ ! -f "$e/moved" ] || printf '%s\t%s\n' "$e" "$(plain "$(cat "$e/path")")"; done; exit 0; }
if [ "$1" = --all ]; then
  order=; for e in $(cat manifest); do order="$e $order"; done
  set -- $order
fi
status=0
for e in "$@"; do one "$e" || status=1; done
exit $status
