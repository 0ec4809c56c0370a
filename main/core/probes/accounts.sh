# Who is who and who may become root: accounts, groups, shells, sudo rules, PAM stacks, as raw bytes. Usage: accounts FILE_CAP
# Output: sections; `file PATH` holds a file closed by M=MARK. Of shadow only the state of each password leaves the host, never a hash. Changes nothing.
cap=$1
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
printf '@%s begin\n' "$mark"
nl='
'
file() {
  [ -f "$1" ] || return
  if [ ! -r "$1" ]; then say "denied $1"; return; fi
  say "file $1"
  head -c "$cap" "$1"
  printf 'M=%s' "$mark"
}
masked() { sed -e 's/^\([^:]*\):[^:x*!][^:]*:/\1:(hash):/' -e 's/^\([^:]*\):[x*!][^:][^:]*:/\1:(hash):/'; }
say 'file /etc/passwd'
head -c "$cap" /etc/passwd 2>/dev/null | masked
printf 'M=%s' "$mark"
say 'file /etc/passwd-'
head -c "$cap" /etc/passwd- 2>/dev/null | masked
printf 'M=%s' "$mark"
say 'file /etc/group'
head -c "$cap" /etc/group 2>/dev/null | masked
printf 'M=%s' "$mark"
file /etc/shells
say shadow
if [ -r /etc/shadow ]; then
  awk -F: '{
    state = $2 == "" ? "empty" : $2 ~ /^[!*]/ ? "locked" : "set"
    print state " " ($3 ~ /^[0-9]+$/ ? $3 : "-") " " $1
  }' /etc/shadow
else
  [ ! -e /etc/shadow ] || say 'denied /etc/shadow'
fi
# Can each shell be run? By the exact bytes of its field.
say shells
awk -F: '!($7 in seen) { seen[$7] = 1; print $7 }' /etc/passwd 2>/dev/null | head -n 500 | while IFS= read -r shell; do
  if [ "$shell" = '' ]; then continue; fi
  if [ -f "$shell" ] && [ -x "$shell" ]; then echo "yes $shell"; elif [ -e "$shell" ]; then echo "no $shell"; else echo "absent $shell"; fi
done

# sudo reads its main file and what that includes; names with a dot or a tilde at the end are skipped in an included folder.
rules() {
  case "$nl$seen$nl" in *"$nl$1$nl"*) return ;; esac
  seen=$seen$nl$1 count=$((count + 1))
  [ "$count" -le 200 ] && [ "$2" -le 8 ] || return
  file "$1"
  [ -f "$1" ] && [ -r "$1" ] || return
  local what path each depth
  depth=$2
  set -f
  IFS=$nl
  set -- $(head -c "$cap" "$1" | tr -d '\000' | sed -n 's/^[[:blank:]]*[#@]\(include\(dir\)\{0,1\}\)[[:blank:]]\{1,\}"\{0,1\}\([^"]*[^"[:blank:]]\)"\{0,1\}[[:blank:]]*$/\1 \3/p')
  set +f
  for what; do
    path=${what#* }
    case $path in /*) ;; *) path=/etc/$path ;; esac
    case $what in
      'include '*) rules "$path" $((depth + 1)) ;;
      *) IFS=
        for each in "$path"/* "$path"/.[!.]*; do
          case ${each##*/} in *.*|*'~') [ ! -f "$each" ] || { say "skipped $each"; }; continue ;; esac
          [ ! -f "$each" ] || rules "$each" $((depth + 1))
        done ;;
    esac
    IFS=$nl
  done
  unset IFS
}
seen= count=0
rules /etc/sudoers 0
file /etc/doas.conf
file /etc/pam.conf
for stack in /etc/pam.d/*; do file "$stack"; done
# Where modules lie, and which of them a package brought
say modules
for dir in /lib/*/security /usr/lib/*/security /lib/security /usr/lib/security /lib64/security /usr/lib64/security; do
  [ -d "$dir" ] && for each in "$dir"/*.so; do [ -e "$each" ] && printf '%s\0' "$each"; done
done
say owned
if [ -r /var/lib/dpkg/status ]; then
  echo dpkg
  grep -hF /security/ /var/lib/dpkg/info/*.list 2>/dev/null | grep '\.so$' | head -n 500
fi
say end
