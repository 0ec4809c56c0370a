# The loader's preload file and the libraries it may mean. Usage: preload. Output: sections.
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
printf '@%s begin\n' "$mark"
say state
if [ -e /etc/ld.so.preload ] || [ -L /etc/ld.so.preload ]; then
  if [ -f /etc/ld.so.preload ]; then echo file; else echo other; fi
elif [ -r /etc ]; then echo absent; else echo unknown; fi
say content
[ -f /etc/ld.so.preload ] && head -c 65537 /etc/ld.so.preload && printf 'M=%s' "$mark"
say end
