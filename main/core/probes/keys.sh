# sshd's configuration with everything it includes, the accounts it serves, and how running daemons were started. Usage: keys FILE_CAP PASSWD_CAP
# Output: sections; `config PATH` holds the file closed by M=MARK, `include PATTERN` the NUL-ended paths it led to. Changes nothing; runs none of the host's tools.
file_cap=$1 passwd_cap=$2
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
printf '@%s begin\n' "$mark"
nl='
'
seen= count=0

# A password hash in the old place does not leave the host.
say passwd
head -c "$passwd_cap" /etc/passwd 2>/dev/null | sed -e 's/^\([^:]*\):[^:x*!][^:]*:/\1:(hash):/' -e 's/^\([^:]*\):[x*!][^:][^:]*:/\1:(hash):/'
say group
head -c "$passwd_cap" /etc/group 2>/dev/null | cut -d: -f1,3,4 | sed 's/:/::/'

# The arguments of Include lines, one a line, relative ones made absolute
patterns() {
  head -c "$file_cap" "$1" | tr -d '\000' | awk '
    { line = $0; sub(/^[ \t\f\r]+/, "", line); sub(/[ \t\f\r]+$/, "", line) }
    tolower(line) ~ /^"?include"?[ \t]*[ \t=]/ {
      sub(/^"?[A-Za-z]+"?[ \t]*=?[ \t]*/, "", line)
      while (line != "") {
        sub(/^[ \t]+/, "", line)
        first = substr(line, 1, 1)
        if (first == "" || first == "#") break
        if (first == "\"" || first == "\047") {
          line = substr(line, 2)
          end = index(line, first)
          arg = end ? substr(line, 1, end - 1) : line
          line = end ? substr(line, end + 1) : ""
        } else {
          arg = line
          sub(/[ \t].*$/, "", arg)
          line = substr(line, length(arg) + 1)
        }
        if (arg != "") print (arg ~ /^\// ? arg : "/etc/ssh/" arg)
      }
    }'
}

config() {
  case "$nl$seen$nl" in *"$nl$1$nl"*) return ;; esac
  [ "$2" -le 16 ] && [ "$count" -lt 256 ] || return
  seen=$seen$nl$1 count=$((count + 1))
  say "stat $1"
  stat -L -c '%d %i %s %Z' "$1" 2>/dev/null || echo gone
  [ -f "$1" ] && [ -r "$1" ] || { [ ! -e "$1" ] || say "denied $1"; return; }
  say "config $1"
  head -c "$file_cap" "$1"
  printf 'M=%s' "$mark"
  local pattern file all depth
  depth=$2
  all=$(patterns "$1")
  set -f
  IFS=$nl
  set -- $all
  set +f
  IFS=
  for pattern; do
    case "$nl$asked$nl" in *"$nl$pattern$nl"*) continue ;; esac
    asked=$asked$nl$pattern
    say "include $pattern"
    IFS=
    for file in $pattern; do [ -e "$file" ] && printf '%s\0' "$file"; done
    for file in $pattern; do
      [ ! -e "$file" ] || config "$file" $((depth + 1))
      IFS=
    done
  done
  unset IFS
}
asked=
config /etc/ssh/sshd_config 0
say daemons
grep -lx sshd /proc/[0-9]*/comm 2>/dev/null | while read -r comm; do
  title=$(tr '\000\n' '  ' <"${comm%comm}cmdline" | head -c 4096)
  case $title in
    *'[listener]'*) printf '%s\0' "$title" ;;
    sshd:*) ;;
    *) printf '%s\0' "$title" ;;
  esac
done
# a daemon with a configuration of its own
for file in $(grep -lx sshd /proc/[0-9]*/comm 2>/dev/null | while read -r comm; do tr '\000' ' ' <"${comm%comm}cmdline" | sed -n 's/.* -f *\(\/[^ ]*\).*/\1/p'; done | sort -u | head -n 8); do
  config "$file" 0
done
say end
