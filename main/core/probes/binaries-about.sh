# What dpkg's files say of some packages. Usage: binaries-about ROOT PACKAGE…
# Output: sections; `versions` as `PACKAGE ARCHITECTURE VERSION`, `dates` as `mtime ctime FILE` of its lists and of its copyright, which came with it.
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
printf '@%s begin\n' "$mark"
root=$1
shift
say versions
# each wanted package is marked first, then the status file is read once
printf '%s\n' "$@" | awk '
  FILENAME == "-" || FILENAME == "" { sub(/:.*/, ""); want[$0] = 1; next }
  /^Package: / { name = $2; arch = "" }
  /^Architecture: / { arch = $2 }
  /^Version: / && name in want { print name " " arch " " $2 }' - "$root/var/lib/dpkg/status" 2>/dev/null
say dates
for package in "$@"; do
  for file in "var/lib/dpkg/info/$package.list" "var/lib/dpkg/info/$package.md5sums" "usr/share/doc/${package%%:*}/copyright"; do printf '%s/%s\0' "$root" "$file"; done
done | xargs -0 -r stat -c '%Y %Z %n' 2>/dev/null | sed "s| $root/| /|"
say end
