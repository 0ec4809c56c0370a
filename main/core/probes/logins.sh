# Lines of the authentication logs that tell of logins. Usage: logins TAIL_BYTES KEPT_BYTES
# Output: sections `log PATH`, newest file of each kind last, only lines of sshd, su, sudo and login that accept or refuse.
tail_bytes=$1 kept=$2
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
printf '@%s begin\n' "$mark"
found=
one() {
  [ -f "$1" ] || return
  if [ ! -r "$1" ]; then
    say "denied $1"
    return
  fi
  found=1
  say "log $1"
  tail -c "$tail_bytes" "$1" | grep -E 'sshd(-session)?(\[[0-9]+\])?: (Accepted|Failed|Invalid user|Connection closed by (authenticating|invalid) user|message repeated)' | tail -c "$kept"
  say "size $1"
  stat -L -c '%s' "$1"
}
# RHEL rotates by date: the newest uncompressed one
rotated=
for file in /var/log/secure-*; do
  case $file in *.gz | *.xz | *.bz2 | *.zst | *'*') ;; *) rotated=$file ;; esac
done
for file in /var/log/auth.log.1 "$rotated" /var/log/secure.1 /var/log/auth.log /var/log/secure /var/log/messages; do
  if [ "$file" = /var/log/messages ] && [ -n "$found" ]; then continue; fi
  [ -n "$file" ] && one "$file"
done
say journal
for dir in /run/log/journal /var/log/journal; do [ -d "$dir" ] && echo "$dir"; done
say end
