# How scripts speak to systemd on a host that is not trusted; stands behind vouched.sh and before the scripts that use it. Defines, prints nothing.
# PID 1 is told by signal to read its files again, which runs no tool of the host. systemctl runs only when a package vouches for it and its library byte by
# byte, and only in the clean room ($room). What a reload runs, generators, is looked at before: PID 1 itself lives in the host's world.
# runs_systemd: what systemd itself looks at; a folder that anybody with root can make
runs_systemd() { [ -d /run/systemd/system ] && [ ! -L /run/systemd/system ]; }
# booted: process 1 is it beyond that; to another process 1 the signal may mean its end
booted() {
  runs_systemd || return 1
  case $(readlink /proc/1/exe) in */systemd | */systemd' (deleted)') return 0 ;; esac
  return 1
}
systemctl=/usr/bin/systemctl
[ -x "$systemctl" ] || systemctl=/bin/systemctl

# control_files: what runs when systemctl does, NUL after each
control_files() {
  printf '%s\0' "$systemctl"
  find /usr/lib /lib -xdev -maxdepth 3 -type f -name 'libsystemd-shared-*.so' -print0 2>/dev/null
}
# control_digest: tells later whether they are still what was vouched for
control_digest() { control_files | xargs -0 cat 2>/dev/null | md5sum | cut -c 1-32; }

# generators: programs that a reload would run, NUL after each. Without package lists those that owners put there, and those in packages' folders that
# changed in the last thirty days.
generators() {
  for dir in /run/systemd /etc/systemd /usr/local/lib/systemd /usr/lib/systemd /lib/systemd; do
    for kind in system-generators system-environment-generators; do
      lately=
      case $dir in /usr/lib/* | /lib/*) has_lists || lately='-ctime -30' ;; esac
      find -L "$dir/$kind" -maxdepth 1 -type f -perm +111 $lately -print0 2>/dev/null
    done
  done
}

# survey: of all these what no package vouches for, NUL after each: one question to the package lists
survey() {
  if has_lists; then { control_files; generators; } | unvouched system; else { control_files; generators; }; fi
}

# ask SECONDS WORD...: systemctl in the clean room
ask() {
  limit=$1
  shift
  timeout -s KILL "$limit" unshare -m sh -c "$room" clean-room "$systemctl" "$@"
}

# reload: mostly what `systemctl daemon-reload` does (systemd(1), SIGHUP); whatever is asked of systemd after it is answered when it is done
reload() { if kill -HUP 1; then echo reload=told; else echo reload=failed; fi; }
