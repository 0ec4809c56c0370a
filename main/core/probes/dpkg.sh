# What dpkg says of paths: owner, recorded checksum, diversions. Usage: dpkg; paths on stdin, one a line (a path with a newline is in no list).
# Output: sections; `owners` as LISTFILE NUL-free lines `FILE:PATH`, `sums` as `PACKAGE MD5 PATH`, `conffiles` as `MD5 PATH`, `actual` as md5sum prints.
# Its own database is read as text: the host's dpkg is not run.
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
printf '@%s begin\n' "$mark"
info=/var/lib/dpkg/info
say database
[ -r /var/lib/dpkg/status ] && [ -d "$info" ] && echo dpkg
say merged
for name in bin sbin lib lib32 lib64 libx32; do [ -L "/$name" ] && [ "$(readlink "/$name")" = "usr/$name" -o "$(readlink "/$name")" = "/usr/$name" ] && echo "$name"; done
say diversions
head -c 65536 /var/lib/dpkg/diversions 2>/dev/null
wanted=$(cat)
say owners
owners=$(printf '%s\n' "$wanted" | awk '
  BEGIN {
    while ((getline from < "/var/lib/dpkg/diversions") > 0) {
      if ((getline to < "/var/lib/dpkg/diversions") <= 0 || (getline by < "/var/lib/dpkg/diversions") <= 0) break
      real[to] = from
    }
  }
  FILENAME == "-" || FILENAME == "" { if ($0 != "") { want[$0] = 1; if ($0 in real) want[real[$0]] = 1 } ; next }
  $0 in want { print substr(FILENAME, length("/var/lib/dpkg/info/") + 1) ":" $0 }' - "$info"/*.list 2>/dev/null)
printf '%s\n' "$owners"
say sums
set --
for package in $(printf '%s\n' "$owners" | sed -n 's/^\([a-z0-9][a-z0-9+.:-]*\)\.list:.*/\1/p' | sort -u); do
  [ -r "$info/$package.md5sums" ] && set -- "$@" "$info/$package.md5sums"
done
[ $# -eq 0 ] || printf '%s\n' "$owners" | sed 's/^[^/]*://' | awk '
  FILENAME == "-" || FILENAME == "" { want[$0] = 1; next }
  ("/" substr($0, 35)) in want {
    package = substr(FILENAME, length("/var/lib/dpkg/info/") + 1)
    sub(/\.md5sums$/, "", package)
    print package " " substr($0, 1, 32) " /" substr($0, 35)
  }' - "$@"
say conffiles
printf '%s\n' "$owners" | sed 's/^[^/]*://' | awk '
  FILENAME == "-" || FILENAME == "" { want[$0] = 1; next }
  /^Conffiles:/ { inside = 1; next }
  /^[^ ]/ { inside = 0; next }
  inside && $1 in want { print $2 " " $1 }' - /var/lib/dpkg/status 2>/dev/null
say actual
# only what a package lists, or had moved away: nothing is recorded of other files, and the largest are among them
{
  printf '%s\n' "$owners" | sed 's/^[^/]*://'
  echo =
  printf '%s\n' "$wanted"
} | awk '
  BEGIN {
    while ((getline from < "/var/lib/dpkg/diversions") > 0) {
      if ((getline to < "/var/lib/dpkg/diversions") <= 0 || (getline by < "/var/lib/dpkg/diversions") <= 0) break
      listed[to] = 1
    }
  }
  !late { if ($0 == "=") late = 1; listed[$0] = 1; next }
  $0 in listed' | while IFS= read -r path; do [ -f "$path" ] && [ ! -L "$path" ] && printf '%s\0' "$path"; done |
  xargs -0 -r md5sum 2>/dev/null
say end
