# What kind of machine this is. Usage: machine. Reads small files only; every one may be absent. Output: sections.
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
some() { head -q -c 4096 "$1" 2>/dev/null; }
printf '@%s begin\n' "$mark"
say cpus
grep -c '^processor' /proc/cpuinfo
some /sys/devices/system/cpu/online
say uptime
some /proc/uptime
say os
for file in /etc/os-release /usr/lib/os-release; do [ -f "$file" ] && some "$file" && break; done
say release
for file in /etc/redhat-release /etc/centos-release /etc/alpine-release /etc/debian_version; do [ -f "$file" ] && some "$file" && break; done
say init
some /proc/1/comm
readlink -n /proc/1/exe 2>/dev/null
echo
readlink -n /sbin/init 2>/dev/null
echo
say marks
for path in /run/systemd/system /run/openrc /etc/init.d /etc/inittab /.dockerenv /run/.containerenv /run/systemd/container /proc/vz /proc/bc \
  /var/lib/dpkg/status /var/lib/rpm /usr/lib/sysimage/rpm /lib/apk/db/installed /sys/fs/cgroup/unified/cgroup.procs /sys/fs/cgroup/cgroup.controllers \
  /sys/fs/cgroup/cpu /sys/fs/cgroup/systemd; do
  [ -e "$path" ] && echo "$path"
done
say container
some /run/systemd/container
some /proc/1/environ | tr '\0' '\n' | grep '^container='
say one
some /proc/1/cgroup
say dmi
for name in sys_vendor product_name board_vendor bios_vendor chassis_asset_tag chassis_vendor; do
  printf '%s=' "$name"
  some "/sys/class/dmi/id/$name" | head -n 1
  echo
done
say cloud-id
some /run/cloud-init/cloud-id
say instance-id
some /var/lib/cloud/data/instance-id
say end
