# Programs and login libraries that are not as their packages delivered them, by dpkg's text files: the host's own dpkg is not run. Changes nothing.
# Usage: binaries ROOT SLACK MAXFILES; names of the core tools on stdin, one a line. Core tools and login libraries are always compared, others only
# when their inode changed more than SLACK seconds after their package came: comparing all would read gigabytes.
# Output: sections. `odd` has a line a path, fields divided by tabs: WHAT PACKAGE LISTED ACTUAL …; what WHAT means is in binaries.ts.
# Names with a newline or a tab cannot be told and are left out; no package has one.
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
root=$1 slack=$2 most=$3
info=$root/var/lib/dpkg/info
tab=$(printf '\t')
nl='
'
printf '@%s begin\n' "$mark"
say database
if [ -r "$root/var/lib/dpkg/status" ] && [ -d "$info" ]; then echo dpkg
elif [ -d "$root/var/lib/rpm" ] || [ -d "$root/usr/lib/sysimage/rpm" ]; then echo rpm
elif [ -d "$root/lib/apk/db" ] || [ -d "$root/usr/lib/apk/db" ]; then echo apk
else echo none; fi
[ -r "$root/var/lib/dpkg/status" ] && [ -d "$info" ] || { say end; exit 0; }
say merged
merged=$(for name in bin sbin lib lib32 lib64 libx32; do
  [ -L "$root/$name" ] && case $(readlink "$root/$name") in usr/$name | /usr/$name) echo "$name" ;; esac
done)
printf '%s\n' "$merged"
say overrides
head -c 65536 "$root/var/lib/dpkg/statoverride" 2>/dev/null
say odd
core=$(cat)
cd "$info" || exit 3
# one fixed string over all lists, several only over the few packages that bring login libraries: each string costs 50 ms on a large host
lists=$({
  find . -maxdepth 1 -name '*.list' -print0 | xargs -0 -r grep -HF -e bin/
  find . -maxdepth 1 \( -name 'libc6*.list' -o -name 'libpam*.list' \) -print0 |
    xargs -0 -r grep -HF -e security/pam_ -e /libpam -e /libc.so -e /libc-2 -e /ld-
} 2>/dev/null | sed 's|^\./||')

# Every file that a list could mean, once: folders that are links to another of them are left out.
folders() {
  for name in /bin /sbin /usr/bin /usr/sbin "$@"; do [ -d "$root$name" ] && [ ! -L "$root$name" ] && printf '%s\0' "$root$name"; done
}
libraries() {
  for name in /lib /lib64 /usr/lib /usr/lib64; do [ -d "$root$name" ] && [ ! -L "$root$name" ] && printf '%s\0' "$root$name"; done |
    xargs -0 -r -I@ find @ -maxdepth 3 \( -name 'libc.so.6' -o -name 'libc-2.*.so' -o -name 'ld-*.so*' -o -name 'libpam*.so*' -o -path '*/security/pam_*' \) \
      ! -name "*$tab*" ! -name "*$nl*" -print0 2>/dev/null
}

decided=$(
  {
    printf '%s\n' "$core" | sed 's/^/c/'
    printf '%s\n' "$merged" | sed 's/^/m/'
    head -c 262144 "$root/var/lib/dpkg/diversions" 2>/dev/null | sed 's/^/d/'
    find . -maxdepth 1 \( -name '*.list' -o -name '*.md5sums' \) -print0 | xargs -0 -r stat -c 't%Y %Z %n' 2>/dev/null
    printf '%s\n' "$lists" | sed 's/^/l/'
    { folders | xargs -0 -r -I@ find @ -mindepth 1 -maxdepth 1 ! -name "*$tab*" ! -name "*$nl*" -print0; libraries; } |
      xargs -0 -r stat -c 's%f %a %s %Z %n' 2>/dev/null
  } | awk -v slack="$slack" -v cut="${#root}" -v tab="$tab" '
    # where /bin is a link to /usr/bin, both names are one
    function canon(path,  part) { return split(path, part, "/") > 2 && (part[2] in merged) ? "/usr" path : path }
    function row(what, path, more) { print what tab owner[path] tab listed[path] tab path (more == "" ? "" : tab more) }
    function base(path) { sub(/.*\//, "", path); return path }
    function known_by(list) { sub(/:[a-z0-9-]+$/, "", list); return list }
    { line = substr($0, 2) }
    /^c/ { if (line != "") core[line] = 1; next }
    /^m/ { if (line != "") merged[line] = 1; next }
    /^d/ { diverted[many++] = line; next }
    /^t/ {
      split(line, at, " "); name = substr(line, length(at[1]) + length(at[2]) + 5); sub(/\.(list|md5sums)$/, "", name)
      if (!(name in came) || at[2] < came[name]) came[name] = at[2]
      next
    }
    /^l/ {
      if (!ready) { for (i = 0; i + 2 < many; i += 3) { from = canon(diverted[i]); to[from] = canon(diverted[i + 1]); by[from] = diverted[i + 2] } ready = 1 }
      i = index(line, ".list:/")
      if (!i) next
      name = substr(line, 1, i - 1); path = substr(line, i + 6)
      if (name !~ /^[a-z0-9][a-z0-9+.:-]*$/ || path ~ /\t/) next
      real = canon(path)
      program = real ~ /^(\/usr)?\/s?bin\/[^\/]+$/
      if (!program && real !~ /^(\/usr)?\/lib(64)?\/([^\/]+-linux-gnu[^\/]*\/)?(security\/pam_[^\/]+\.so|libpam[a-z_]*\.so[^\/]*|libc\.so\.6|libc-2[^\/]*\.so|ld-[^\/]*\.so[^\/]*)$/) next
      if ((real in to) && by[real] != known_by(name)) { if (by[real] == ":") aside[real] = 1; real = to[real] }
      owner[real] = name; listed[real] = path; login[real] = !program
      next
    }
    /^s/ {
      split(line, at, " ")
      path = substr(line, length(at[1]) + length(at[2]) + length(at[3]) + length(at[4]) + 5 + cut)
      type[path] = substr(at[1], 1, length(at[1]) - 3); mode[path] = at[2]; size[path] = at[3]; changed[path] = at[4]
    }
    END {
      for (path in owner) {
        is_core = (base(listed[path]) in core) || login[path]
        if (!(path in type)) { row("missing", path, is_core ? "core" : "other"); continue }
        late = owner[path] in came && changed[path] > came[owner[path]] + slack
        if (type[path] == "a") { if (is_core) row("link", path); continue }
        if (type[path] != "8") { row("strange", path); continue }
        if (!login[path] && mode[path] !~ /[1357]/) row("mode", path, mode[path])
        if (is_core || late) row("hash", path, (is_core ? "core" : "other") tab (late ? "late" : "quiet") tab size[path])
      }
      for (path in type) if (!(path in owner) && path !~ /\/lib[^\/]*\// && type[path] == "8")
        row(path in aside ? "aside" : (base(path) in core) ? "stranger" : "unowned", path, size[path])
    }'
)

# Core tools first: where there is too much to read, the others are what is left out, and are told.
chosen=$(printf '%s\n' "$decided" | awk -F "$tab" -v most="$most" '
  $1 == "hash" && $7 < 67108864 { if ($5 == "core") first[++n] = $0; else rest[++m] = $0 }
  $1 == "hash" && $7 >= 67108864 { left++ }
  END { for (i = 1; i <= n; i++) print first[i]; for (i = 1; i <= m; i++) if (n + i <= most) print rest[i]; else left++; if (left) print "left" "\t" left }')
printf '%s\n' "$decided" | grep -v -e '^hash' -e '^unowned' -e '^link'
printf '%s\n' "$chosen" | grep '^left'
paths() { printf '%s\n' "$1" | awk -F "$tab" -v root="$root" '$1 == "hash" { printf "%s%s%c", root, $4, 0 }'; }
compared=$(
  {
    # lists of the packages in question, looked up by name: md5sums lines are `MD5  PATH`, without the first slash
    printf '%s\n' "$decided" | awk -F "$tab" '$1 == "hash" || $1 == "missing" || $1 == "link" || $1 == "mode" { if (!seen[$2]++) printf "%s.md5sums%c", $2, 0 }' |
      xargs -0 -r grep -HF -e bin/ -e security/pam_ -e /libpam -e /libc. -e /libc- -e /ld- 2>/dev/null | sed 's/^/x/'
    paths "$chosen" | xargs -0 -r md5sum 2>/dev/null | sed 's/^/a/'
    printf '%s\n' "$decided" | grep -e '^missing' -e '^link' -e '^mode' | sed 's/^/w/'
    printf '%s\n' "$chosen" | sed 's/^/w/'
  } | awk -F "$tab" -v cut="${#root}" -v tab="$tab" '
    { line = substr($0, 2) }
    /^x/ { i = index(line, ".md5sums:"); rest = substr(line, i + 9); if (i && rest ~ /^[0-9a-f]+  /) sum[substr(line, 1, i - 1) tab "/" substr(rest, 35)] = substr(rest, 1, 32); next }
    /^a/ { now[substr(line, 35 + cut)] = substr(line, 1, 32); next }
    /^w/ {
      split(line, f, tab)
      want = (f[2] tab f[3]) in sum ? sum[f[2] tab f[3]] : "-"
      if (f[1] == "missing" || f[1] == "mode") { if (want != "-") print "sum" tab f[2] tab f[3] tab f[4] tab want; next }
      if (f[1] == "link") { if (want != "-") print "linked" tab f[2] tab f[3] tab f[4] tab want; next }
      if (f[1] != "hash") next
      have = (f[4] in now) ? now[f[4]] : "-"
      if (have == "-") { unread++; next }
      compared++
      if (want == "-") { if (f[5] == "core") print "unlisted" tab f[2] tab f[3] tab f[4] tab want tab have }
      else if (want != have) print "altered" tab f[2] tab f[3] tab f[4] tab want tab have tab f[5]
      else if (f[5] == "core") print "sum" tab f[2] tab f[3] tab f[4] tab want
      if (want == have && f[6] == "late" && f[5] == "core") print "late" tab f[2] tab f[3] tab f[4] tab want tab have
    }
    END { print "compared" tab (compared + 0) tab (unread + 0) }'
)
printf '%s\n' "$compared"
# locks and access lists of core tools
paths "$(printf '%s\n' "$chosen" | awk -F "$tab" '$5 == "core"')" | xargs -0 -r lsattr -d 2>/dev/null | awk -v cut="${#root}" -v tab="$tab" '
  $1 ~ /[ia]/ { path = substr($0, index($0, "/")); print "locked" tab $1 tab tab substr(path, cut + 1) }'
paths "$(printf '%s\n' "$chosen" | awk -F "$tab" '$5 == "core"')" | xargs -0 -r "$PATH/getfattr" -h --absolute-names -m system.posix_acl_access -- 2>/dev/null |
  sed -n 's/^# file: //p' | awk -v cut="${#root}" -v tab="$tab" '{ print "listed-access" tab tab tab substr($0, cut + 1) }'
say copies
# Files that no package lists may be the ones that were renamed; they are read only when something is not as delivered.
if printf '%s\n%s\n' "$decided" "$compared" | grep -q -e '^missing' -e '^stranger' -e '^strange' -e '^altered' -e '^linked' -e '^late' -e '^unlisted'; then
  {
    printf '%s\n' "$decided" | awk -F "$tab" -v root="$root" '$1 == "unowned" && $5 < 8388608 && n++ < 200 { printf "%s%s%c", root, $4, 0 }'
    for name in /usr/local/bin /usr/local/sbin; do
      [ -d "$root$name" ] && [ ! -L "$root$name" ] && find "$root$name" -maxdepth 1 -type f -size -8192k ! -name "*$tab*" ! -name "*$nl*" -print0
    done
  } | xargs -0 -r md5sum 2>/dev/null | head -n 400 | awk -v cut="${#root}" '{ print $1 " " substr($0, 35 + cut) }'
fi
say end
