# Where names lead and who may connect by name or address. Usage: names MAX_BYTES
# A longer file is read from both ends: what is added to one stands at its end. Output: sections `state PATH`, `size PATH`, `head PATH`, `tail PATH`.
most=$1
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
printf '@%s begin\n' "$mark"
for path in /etc/hosts /etc/resolv.conf /etc/hosts.allow /etc/hosts.deny /etc/nsswitch.conf; do
  say "state $path"
  if [ -f "$path" ] && [ -r "$path" ]; then echo file
  elif [ -e "$path" ]; then echo other
  elif [ -L "$path" ]; then echo dangling
  elif [ -r /etc ]; then echo absent
  else echo unknown; fi
  [ -f "$path" ] || continue
  size=$(stat -L -c %s "$path" 2>/dev/null) || continue
  say "size $path"
  echo "$size"
  say "head $path"
  head -c "$most" "$path" 2>/dev/null && printf 'M=%s' "$mark"
  [ "$size" -gt "$most" ] || continue
  say "tail $path"
  tail -c "$most" "$path" 2>/dev/null && printf 'M=%s' "$mark"
done
# Who writes resolv.conf here, if anybody, and what the network offered: each of these is rewritten while its owner runs.
for path in /run/systemd/resolve/resolv.conf /run/NetworkManager/no-stub-resolv.conf /run/NetworkManager/resolv.conf /run/resolvconf/resolv.conf; do
  [ -f "$path" ] || continue
  say "offered $path"
  head -c 8192 "$path" 2>/dev/null
done
say leases
cat /run/systemd/netif/leases/* /var/lib/dhcp/*.leases /var/lib/dhclient/*.lease* /var/lib/NetworkManager/*.lease 2>/dev/null |
  grep -aE '^ *(DNS=|option domain-name-servers )' | tail -n 64 | head -c 8192
say end
