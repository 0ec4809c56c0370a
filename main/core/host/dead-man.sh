# The dead man: waits on the host for the workbench to fall silent, then resumes the processes and lifts the blocks it was told to, and nothing else. Started
# by dead-man-arm.sh in a session of its own, standing in its folder. Entries are data: NUL-terminated PID, START, BOOT, TTL, PATH in entries/KEY.
# For a block PID is `block`, PATH the folder, and START the folder as /proc/self/mountinfo writes it.
# Time is the kernel's uptime: setting the clock neither fires it nor holds it back. It keeps the lock it was started with (descriptor 8) for life.
# He looks every quarter of the shortest time agreed, 1 to 30 seconds, and whenever dead-man-arm.sh knocks on the pipe.

set -f
umask 077

# Field 22 of /proc/PID/stat; the name in brackets may hold anything, so fields count from the last bracket.
start_of() {
  stat= started=
  [ -r "/proc/$1/stat" ] || return 1
  IFS= read -r -d '' stat <"/proc/$1/stat"
  set -- ${stat##*') '}
  shift 19 && started=$1
}

# A block is one mount over the folder, noexec; whatever else lies there is not ours. It is entered first: its name may lead to another mount a moment later.
lift() {
  mounts=0 options=
  while read -r x x x x where opts x; do
    [ "$where" != "$start" ] || mounts=$((mounts + 1)) options=$opts
  done </proc/self/mountinfo
  case $mounts,$options, in
    0,*) result=gone ;;
    1,*,noexec,*) if (cd -P "$path" && [ "$(pwd -P)" = "$path" ] && umount -l .) 2>/dev/null; then result=resumed; else result=failed; fi ;;
    *) result=another-mount ;;
  esac
}

resume() {
  if [ "$boot" != "$thisboot" ]; then
    result=another-boot
  elif [ "$pid" = block ]; then
    lift
  elif ! start_of "$pid"; then
    result=gone
  elif [ "$started" != "$start" ]; then
    result=another-process
  elif kill -CONT "$pid" 2>/dev/null; then
    result=resumed
  else
    result=failed
  fi
}

look() {
  IFS=' .' read -r uptime rest </proc/uptime
  beat=0 pause=30
  [ ! -r heartbeat ] || read -r beat <heartbeat
  set +f
  set -- entries/*
  set -f
  for entry; do
    [ -f "$entry" ] || continue
    pid= start= boot= ttl= path=
    {
      IFS= read -r -d '' pid
      IFS= read -r -d '' start
      IFS= read -r -d '' boot
      IFS= read -r -d '' ttl
      IFS= read -r -d '' path
    } <"$entry"
    if [ $((uptime - beat)) -lt "${ttl:-0}" ]; then
      [ $((ttl / 4)) -ge "$pause" ] || pause=$((ttl / 4))
      continue
    fi
    resume
    printf '%s %s %s\n' "${entry#entries/}" "$uptime" "$result" >>log
    rm -f "$entry"
  done
}

read -r thisboot </proc/sys/kernel/random/boot_id
rm -f tick
mkfifo tick
echo $$ >armed
# rmdir succeeds only on an empty folder, in one step: an entry that comes at the last instant either keeps us here or finds the folder gone.
while look; ! rmdir entries 2>/dev/null && [ -d entries ]; do
  [ "$pause" -ge 1 ] || pause=1
  read -r -t "$pause" x <>tick # a sleep without a child
done
rm -f armed tick
# The session has left for good and only we kept its folder. Its last lane may be removing it as well: each trips over what the other takes away.
if [ -e alone ]; then
  cd /
  tries=0
  until rm -rf "$PATH" || [ "$tries" -ge 100 ]; do
    tries=$((tries + 1))
    usleep 20000
  done
fi
