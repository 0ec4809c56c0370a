# What stat, lsattr, getfattr and sha256sum say of many files, each run once for all of them: a fork costs more than a file does.
# Arguments: CAP (bytes; larger files are not hashed, 0 hashes none), `link` (look at the name itself) or `follow` (at what it leads to:
# /proc/PID/exe), PLAIN (how many of the paths come first that hold no newline). Paths on stdin, each ended by NUL.
# The plain paths make one pass together, every other path a pass of its own: lsattr and sha256sum print names as they are.
# A pass prints, each ended by NUL: a stat line and `NAME[ -> TARGET]` for each that is there, an empty field, what stat complained;
# lsattr's lines; getfattr's dump, its exit status and what it complained; sha256sum's lines; a second, shorter stat line and name for each, an empty field.

cap=$1 plain=$3
if [ "$2" = follow ]; then deref=-L nofollow=; else deref= nofollow=-h; fi
exec 3>&1

pass() {
  # literal: names and link targets byte for byte
  said=$(QUOTING_STYLE=literal "$PATH/stat" $deref --printf '%d %i %f %a %u %g %s %h %.9Y %.9Z %.9W\0%N\0' -- "$@" 2>&1 >&3)
  printf '\0%s\0' "$said"
  # lsattr opens what it looks at: never a device, whose driver would notice, nor a fifo
  [ -n "$deref" ] || find "$@" -maxdepth 0 \( -type f -o -type d \) -print0 2>/dev/null | xargs -0 -r lsattr -d -- 2>/dev/null
  printf '\0'
  said=$("$PATH/getfattr" $nofollow -d -m - -e base64 --absolute-names -- "$@" 2>&1 >&3)
  printf '\0%s %s\0' $? "$said"
  [ "$cap" -eq 0 ] || find $deref "$@" -maxdepth 0 -type f -size "-$((cap + 1))c" -print0 2>/dev/null | xargs -0 -r sha256sum -- 2>/dev/null
  printf '\0'
  # without what a mere reader may change: a file is its digest only if these are as before
  [ "$cap" -eq 0 ] || "$PATH/stat" $deref --printf '%d %i %s %.9Y %.9Z\0%n\0' -- "$@" 2>/dev/null
  printf '\0'
}

set --
while [ "$plain" -gt 0 ] && IFS= read -r -d '' path; do
  set -- "$@" "$path"
  plain=$((plain - 1))
done
[ $# -eq 0 ] || pass "$@" </dev/null
while IFS= read -r -d '' path; do
  pass "$path" </dev/null
done
