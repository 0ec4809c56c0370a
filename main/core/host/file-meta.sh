# What lstat, lsattr, getfattr, readlink and sha256 say of many files in one go. Arguments: CAP (bytes; larger files are not hashed, 0 hashes none) and
# `link` (look at the name itself) or `follow` (at what it leads to: /proc/PID/exe). Paths on stdin, each ended by NUL.
# Per path seven NUL-terminated fields: status, stat line, flags, digest, attributes, link target, end mark. A field that could not be read is `?`.

cap=$1
if [ "$2" = follow ]; then deref=-L nofollow=; else deref= nofollow=-h; fi
line='%d %i %f %a %u %g %s %h %.9Y %.9Z %.9W'
# The same without what a mere reader may change; compared before and after hashing.
steady='%d %i %s %.9Y %.9Z'

meta() {
  facts=$("$PATH/stat" $deref -c "$line" -- "$1" 2>&1) || {
    printf '%s\0\0?\0?\0?\0\0.\0' "$facts"
    return
  }
  set -- "$1" $facts
  kind=${4%???} # the file type is what stands before the last three hex digits of st_mode
  flags='?' digest='-' status=ok
  case $kind in
    8 | 4) [ -n "$deref" ] || flags=$(lsattr -d -- "$1" 2>/dev/null) || flags='?' ;;
  esac
  if [ "$kind" = 8 ] && [ "$cap" -gt 0 ] && [ "$8" -le "$cap" ]; then
    before=$("$PATH/stat" $deref -c "$steady" -- "$1" 2>&1)
    digest=$(sha256sum -- "$1" 2>/dev/null) || digest='?'
    [ "$before" = "$("$PATH/stat" $deref -c "$steady" -- "$1" 2>&1)" ] || status=changed
  fi
  printf '%s\0%s\0%s\0%s\0' "$status" "$facts" "${flags%% *}" "${digest%% *}"
  "$PATH/getfattr" $nofollow -d -m - -e base64 --absolute-names -- "$1" 2>/dev/null || printf '?'
  printf '\0'
  [ ! -L "$1" ] || readlink -n -- "$1" 2>/dev/null
  printf '\0.\0'
}

while IFS= read -r -d '' path; do
  meta "$path"
done
