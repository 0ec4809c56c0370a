# Programs that run as root for whoever starts them, and the shells they could be copies of. Usage: setuid MAX
# Output: sections `shells` (`SHA256 PATH`) and `setuid` (`SHA256 PATH`, path last), `cut` when there were more. Looks where programs and people's files lie,
# four folders deep, on each file system apart; changes nothing.
max=$1
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
printf '@%s begin\n' "$mark"
say shells
for shell in /bin/sh /bin/dash /bin/bash /bin/ash /bin/zsh /bin/ksh /bin/mksh /bin/busybox /usr/bin/bash /usr/bin/dash /usr/bin/zsh /usr/bin/ksh /usr/bin/fish /usr/bin/busybox /bin/tcsh; do
  [ -f "$shell" ] && printf '%s\0' "$shell"
done | xargs -0 -r sha256sum 2>/dev/null
say setuid
set --
for dir in /bin /sbin /usr/bin /usr/sbin /usr/local /usr/games /tmp /var/tmp /dev/shm /run /home /root /opt /srv /etc /var/spool /var/www /var/lib /mnt; do
  [ -d "$dir" ] && [ ! -L "$dir" ] && set -- "$@" "$dir"
done
found=$(find "$@" -xdev -maxdepth 4 -type f -perm -4000 -size -8192k 2>/dev/null | head -n "$((max + 1))")
printf '%s\n' "$found" | head -n "$max" | tr '\n' '\000' | xargs -0 -r sha256sum 2>/dev/null
[ "$(printf '%s\n' "$found" | wc -l)" -le "$max" ] || say cut
say end
