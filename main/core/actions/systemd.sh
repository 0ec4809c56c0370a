# How scripts speak to systemd on a host that is not trusted; stands behind vouched.sh and before the scripts that use it. Defines, prints nothing.
# systemctl runs only when a package vouches for it and its library byte by byte, and only in the clean room ($room); PID 1 still lives in the host's world.
booted() { [ -d /run/systemd/system ] && [ ! -L /run/systemd/system ]; }
systemctl=/usr/bin/systemctl
[ -x "$systemctl" ] || systemctl=/bin/systemctl

# systemctl_vouched: exit 0 when nothing of it is unknown to the package lists
systemctl_vouched() {
  has_lists && [ -x "$systemctl" ] || return 1
  [ -z "$({ printf '%s\0' "$systemctl"; find /usr/lib /lib -xdev -maxdepth 3 -type f -name 'libsystemd-shared-*.so' -print0 2>/dev/null; } | unvouched system | tr '\0' '\n')" ]
}

# strange_generators: programs that a reload would run and nobody vouches for, NUL after each. Without package lists those are all that lie where owners
# put them, and those in packages' folders that changed in the last thirty days.
strange_generators() {
  for dir in /run/systemd /etc/systemd /usr/local/lib/systemd /usr/lib/systemd /lib/systemd; do
    for kind in system-generators system-environment-generators; do
      lately=
      case $dir in /usr/lib/* | /lib/*) has_lists || lately='-ctime -30' ;; esac
      find -L "$dir/$kind" -maxdepth 1 -type f -perm +111 $lately -print0 2>/dev/null
    done
  done | if has_lists; then unvouched lib/systemd/; else cat; fi
}

# ask SECONDS WORD...: systemctl in the clean room
ask() {
  limit=$1
  shift
  timeout -s KILL "$limit" unshare -m sh -c "$room" clean-room "$systemctl" "$@"
}

# reload: prints `reload=yes`, `reload=signal` (PID 1 was told without a tool), `reload=late` (it had not finished in time) or `reload=failed`
reload() {
  if systemctl_vouched; then
    ask 5 daemon-reload
    case $? in
      0) echo reload=yes; return ;;
      137 | 143) echo reload=late; return ;;
    esac
  fi
  if kill -HUP 1; then sleep 1; echo reload=signal; else echo reload=failed; fi
}
