# Every file of the places that start things, each content once. Usage: startup CAP HOMES; on stdin one `PLACE PATTERN` a line: an absolute path or one
# below `~/`, with `*` and `?`. Output: sections; each batch N of files gives `files N` (PLACE:LETTER:PATH, NUL after each; LETTER f, l for a link, k for what
# the kernel makes up), `stat N`, `real N` (what the links lead to), `sums N` (MD5 STATE PATH; STATE p as its package has it, c a changed settings file of a
# package, n nobody's), `names N` and `content N` (of what is not p, closed by M=MARK NUL). Then `odd` and `denied`: names alone. Nothing is changed.
# Patterns are ours; what they match is only ever an argument. Nothing is opened but regular files: a fifo would hang us.
cap=$1 homes=$2
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
printf '@%s begin\n' "$mark"
patterns=$(cat)
nl='
'

# one NAME a file: KIND is `plain` for those we work on, `odd` for names with a line break, `denied` for what this login may not read
one() {
  case $2 in
  *"$nl"*) [ "$3" != odd ] || printf '%s\0' "$2" ;;
  /proc/sys/*) [ "$3" != plain ] || printf '%s:k:%s\0' "$1" "$2" ;;
  *)
    if [ ! -r "$2" ]; then
      [ "$3" != denied ] || printf '%s\0' "$2"
    elif [ "$3" = plain ]; then
      if [ -L "$2" ]; then printf '%s:l:%s\0' "$1" "$2"; else printf '%s:f:%s\0' "$1" "$2"; fi
    fi
    ;;
  esac
}
folders=$({
  echo root:x:0:0::/root:
  cat /etc/passwd 2>/dev/null
} | awk -F: -v most="$homes" '$6 ~ /^\/./ && !($6 in seen) { seen[$6] = 1; if (n++ < most) print $6; else more++ } END { if (more) print "=" more }')
list() {
  IFS=$nl
  for pattern in $patterns; do
    place=${pattern%% *} pattern=${pattern#* }
    case $pattern in
    '~/'*)
      set -f
      for home in $folders; do
        set +f
        [ ! -d "$home" ] || for file in "$home"/${pattern#'~/'}; do [ ! -f "$file" ] || one "$place" "$file" "$1"; done
      done
      set +f
      ;;
    # where /lib is a link its files are those below /usr/lib, and come with them
    /lib/*) [ -L /lib ] || for file in $pattern; do [ ! -f "$file" ] || one "$place" "$file" "$1"; done ;;
    *) for file in $pattern; do [ ! -f "$file" ] || one "$place" "$file" "$1"; done ;;
    esac
  done
}

batch='cap=$1 mark=$2
shift 2
say() { printf "\n@%s %s %s\n" "$mark" "$1" "$$"; }
say files
printf "%s\0" "$@"
for name; do
  set -- "$@" "${name#*:?:}"
  shift
done
links() { for file; do [ ! -L "$file" ] || printf "%s\0" "$file"; done; }
real=$({
  links "$@" | xargs -0 -r realpath
  echo =
  for file; do if [ -L "$file" ]; then echo L; else printf "%s\n" "$file"; fi; done
} 2>/dev/null | awk "!late { if (\$0 == \"=\") late = 1; else to[n++] = \$0; next } \$0 == \"L\" { print to[i++]; next } { print } END { if (i != n) print \"=\" }")
# a link that went away meanwhile must not lend its place to the next one
case $real in *"
=") real=$(for file; do realpath "$file" 2>/dev/null || echo gone; done) ;; esac
say real
printf "%s\n" "$real"
IFS="
"
set -f
set -- $(printf "%s\n" "$real" | awk "!seen[\$0]++")
set +f
stats=$(stat -c "%d %i %s %Z %n" "$@" 2>/dev/null)
say stat
printf "%s\n" "$stats"
sums=$({
  grep -hF " /etc/" /var/lib/dpkg/status
  echo =
  printf "%s\n" "$stats" | awk -v cap="$cap" "\$3 > 0 && \$3 <= cap && !/^[0-9]+ [0-9]+ [0-9]+ [0-9]+ \/(proc|sys|dev)\// { sub(/^[0-9]+ [0-9]+ [0-9]+ [0-9]+ /, \"\"); print }" | tr "\n" "\0" | xargs -0 -r md5sum
} 2>/dev/null | awk "
  !late && \$0 == \"=\" { late = 1; next }
  !late { if (/^ \//) sum[\$1] = \$2; next }
  {
    md5 = substr(\$0, 1, 32); path = substr(\$0, 35); base = path; sub(/.*\//, \"\", base)
    if (path in sum) state = sum[path] == md5 ? \"p\" : \"c\"
    else state = sum[\"/etc/skel/\" base] == md5 ? \"p\" : \"n\"
    print md5, state, path
  }")
say sums
printf "%s\n" "$sums"
wanted=$({
  printf "%s\n" "$sums" | awk "\$2 != \"p\" && !seen[\$1]++ { print substr(\$0, 36) }"
  printf "%s\n" "$stats" | awk -v cap="$cap" "/^[0-9]+ [0-9]+ [0-9]+ [0-9]+ \/proc\/sys\// || \$3 > cap && !/^[0-9]+ [0-9]+ [0-9]+ [0-9]+ \/(proc|sys|dev)\// { sub(/^[0-9]+ [0-9]+ [0-9]+ [0-9]+ /, \"\"); print }"
})
say names
[ -z "$wanted" ] || printf "%s\n" "$wanted" | tr "\n" "\0"
say content
[ -z "$wanted" ] || printf "%s\n" "$wanted" | sed "s,\$,\n/proc/self/environ," | tr "\n" "\0" | xargs -0 env -i "M=$mark" head -q -c "$cap" 2>/dev/null'
list plain | xargs -0 -r -n 500 sh -c "$batch" batch "$cap" "$mark"
say odd
list odd
say denied
list denied
say homes
printf '%s\n' "$folders" | sed -n 's/^=//p'
say end
