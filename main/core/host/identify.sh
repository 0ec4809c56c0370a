# Who answers: the toolbox hashes its own running executable behind our nonce, then says where it stands. NUL-terminated fields, fixed order.
# Arguments: NONCE. Run inside the lane, so $PPID is the lane's shell.

field() { printf '%s\0' "$1"; }
first() { value=; [ -r "$1" ] && IFS= read -r value <"$1"; field "$value"; }

{ printf '%s' "$1"; cat /proc/self/exe; } | sha256sum | { read -r sum rest; field "$sum"; }
first /proc/sys/kernel/random/boot_id
printf '%s\n' "$value" >"$PATH/boot" # so that a later session can tell this folder is of the same boot
first /proc/sys/kernel/osrelease
first /proc/sys/kernel/hostname
first /etc/machine-id

# Our chain from the lane's shell up to the first sshd process that is ours alone. The listener (parent: PID 1) is everybody's and stays out,
# but a socket-activated sshd has PID 1 for a parent too; it is told by the title sshd gives its sessions.
pid=$PPID chain=
while [ "$pid" -gt 1 ]; do
  parent=0
  while read -r key value; do
    if [ "$key" = PPid: ]; then
      parent=$value
      break
    fi
  done <"/proc/$pid/status"
  if [ "$parent" -le 1 ]; then
    case $(tr '\0' ' ' <"/proc/$pid/cmdline") in
      *'[listener]'*) break ;;
      'sshd: '* | 'sshd-session: '*) ;;
      *) break ;;
    esac
  fi
  chain="$pid $chain"
  pid=$parent
done
field "$chain"
