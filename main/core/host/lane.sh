# The host's end of a lane: reads one request at a time from stdin, runs it, answers with one frame on stdout. Run by our busybox ash with an
# empty environment. Everything from the client is data (positional parameters, bytes in files); nothing read here is ever parsed as shell.
# Arguments: DIR (our folder, 0700) and LANE (a name unique to this channel). The first line of stdin is the frame marker, kept from the login chain.
# The dialect is busybox ash, not plain POSIX: `read -d ""`, `read -t` and $EPOCHREALTIME are built in there, and save a fork each.

set -f
umask 077
cd /
D=$1
lane=$2
W=$D/lane.$lane

# A dropped link must not end the request that is running: its kept result is for the next session. A trap, unlike `trap ""`, is not inherited.
trap : HUP PIPE
# The timer knocks with USR1 when a child cannot even be killed (uninterruptible sleep): `wait` then returns and the lane lives on.
trap 'stuck=1' USR1

leave() {
  rm -rf "$W"
  exit 0
}

# Removes our folder whole. Another lane that leaves, or a dead man, may be at the same files: `rm` gives a folder up over what somebody else has just
# taken out of it, and so may both of them. So it is tried until nothing is there, for a second or two.
remove_all() {
  tries=0
  until rm -rf "$1" 2>/dev/null || [ "$tries" -ge 100 ]; do
    tries=$((tries + 1))
    usleep 20000
  done
}

fresh_pipes() {
  rm -f "$W/o" "$W/e"
  mkfifo "$W/o" "$W/e"
  dirty=
}

# Takes N bytes of stdin, exactly. dd reads the whole block before it writes, so even when the write fails the lane stays in step.
take_stdin() {
  stored=1
  input=$W/in
  dd bs="$1" count=1 iflag=fullblock of="$input" 2>/dev/null || stored=
  if [ -n "$stored" ]; then
    stat -c %s "$input" >"$W/size"
    read -r size <"$W/size"
    [ "$size" = "$1" ] || leave # the link ended in mid-request: it does not run
  fi
}

# When a process was born: field 22 of its stat. Its name in brackets may hold anything, so fields count from the last bracket.
born() {
  stat= began=
  IFS= read -r -d '' stat <"/proc/$1/stat"
  set -- ${stat##*') '}
  [ $# -gt 19 ] || return 1
  shift 19
  began=$1
}

# Asked by a timer: once its lane was killed, every number it knows may be somebody else's, and without the lane's folder it would spin.
lane_lives() { read -r x x x parent x </proc/self/stat && [ "$parent" = $$ ] && [ -e "$W/t" ]; }

# perform TIME_LIMIT STDOUT_LIMIT STDERR_LIMIT COMMAND…: leaves $result (a line) and the two streams in $W/out and $W/err.
perform() {
  limit=$1 outlimit=$2 errlimit=$3
  shift 3
  [ -z "$dirty" ] || fresh_pipes
  rm -f "$W/cut"
  stuck=
  # dd, not head: it takes 64 KiB at a time where busybox head takes bytes, and what it took
  # is in the file at once, so that killing it loses nothing. One byte beyond the limit tells that there was more.
  dd bs=65536 count=$((outlimit + 1)) iflag=count_bytes <"$W/o" >"$W/out" 2>/dev/null &
  ho=$!
  dd bs=65536 count=$((errlimit + 1)) iflag=count_bytes <"$W/e" >"$W/err" 2>/dev/null &
  he=$!
  start=$EPOCHREALTIME
  # PATH is our folder alone: a name that is no applet and no tool of ours is not found, instead of found on the host.
  # setsid makes the child lead a group of its own, so that the sweep below reaches what it leaves behind.
  env -i PATH="$D" "$@" <"$input" >"$W/o" 2>"$W/e" &
  p=$!
  born $p # it keeps its number at least until it is waited for below
  p_began=$began
  {
    read -r -t "$limit" x <>"$W/t" # a sleep without a process of its own: nothing is left over when the timer is killed
    echo >"$W/cut" # not `:`, a special built-in, whose failing redirection would end the timer with it
    # Where the lane was killed nobody keeps the number of its child any more: only the very process is ended. While it is there its group is its own too.
    ! born $p || [ "$began" != "$p_began" ] || kill -KILL -$p $p
    read -r -t 1 x <>"$W/t"
    ! lane_lives || kill -KILL $ho $he # a runaway that left its group still holds the streams: stop listening
    while lane_lives; do
      kill -USR1 $$
      read -r -t 1 x <>"$W/t"
    done
  } 2>/dev/null &
  timer=$!
  wait $p
  status=$?
  end=$EPOCHREALTIME
  # $p was reaped this instant; its number cannot have come round again, and the group exists only if something was left in it.
  kill -KILL -$p 2>/dev/null
  outcut=0 errcut=0 timedout=0
  wait $ho || { outcut=1 dirty=1; } # killed, or could not write: what we have is not everything
  wait $he || { errcut=1 dirty=1; }
  kill $timer 2>/dev/null
  wait $timer 2>/dev/null
  if [ -n "$stuck" ]; then
    timedout=1 dirty=1
  elif [ -e "$W/cut" ]; then
    timedout=1
  fi
  [ $timedout = 0 ] || status=-
  stat -c %s "$W/out" "$W/err" >"$W/size"
  { read -r outsize && read -r errsize; } <"$W/size"
  if [ "$outsize" -gt "$outlimit" ]; then
    truncate -s "$outlimit" "$W/out"
    outsize=$outlimit outcut=1 dirty=1
  fi
  if [ "$errsize" -gt "$errlimit" ]; then
    truncate -s "$errlimit" "$W/err"
    errsize=$errlimit errcut=1 dirty=1
  fi
  result="$status $outsize $errsize $outcut$errcut$timedout $start $end"
}

# once KEY TIME_LIMIT …: run if this is the first with that key, else send what the first one left, waiting for it while it runs.
once() {
  kept=$D/once/$1
  shift
  if mkdir "$kept" 2>/dev/null; then
    perform "$@"
    cat "$W/out" "$W/err" >"$kept/streams" && printf '%s\n' "$result" >"$kept/new" && mv "$kept/new" "$kept/result"
    send r "$W/out" "$W/err"
    return
  fi
  deadline=$((${EPOCHREALTIME%.*} + ${1%.*} + 1))
  until [ -e "$kept/result" ]; do
    if [ "${EPOCHREALTIME%.*}" -ge "$deadline" ]; then
      result="- 0 0 000 $EPOCHREALTIME $EPOCHREALTIME"
      send b
      return
    fi
    read -r -t 0.1 x <>"$W/t"
  done
  read -r result <"$kept/result"
  send k "$kept/streams"
}

# send KIND [FILE…]: r a reply, k a kept one, b a kept one still running, x the input could not be stored
send() {
  printf '%s %s %s %s\n' "$marker" "$id" "$1" "$result"
  shift
  case $result in
    *' 0 0 '[01][01][01]' '*) ;;
    *) cat "$@" ;;
  esac
}

IFS= read -r marker || exit 0
mkdir "$W" || exit 1
mkdir "$D/once" 2>/dev/null
mkfifo "$W/t"
fresh_pipes

while read -r word id limit outlimit errlimit args envs input key; do
  case $word in
    run) ;;
    detach)
      # A dead man who still stands guard keeps his folder, and removes ours with it when he leaves. He takes `armed` away before he looks for
      # `alone`, we put `alone` there before we look for `armed`: one of us always sees the other. One who was killed left `armed` behind, but no lock.
      remove_all "$W"
      remove_all "$D/once"
      [ ! -d "$D/dead-man" ] || echo >"$D/dead-man/alone"
      if [ ! -e "$D/dead-man/armed" ] || flock -n "$D/dead-man/lock" true; then remove_all "$D"; fi
      exit 0
      ;;
    adopt)
      # $id is the earlier folder: same owner, same boot and the same toolbox were checked by the request before this one.
      # An earlier detach may have told the dead man there that he is the last who needs it.
      rm -f "$id/lane.sh" "$id/dead-man/alone"
      cp "$D/lane.sh" "$id/lane.sh"
      copied=$?
      remove_all "$D"
      [ "$copied" = 0 ] || exit 1
      exec env -i PATH="$id" "$id/busybox" sh "$id/lane.sh" "$id" "$lane"
      ;;
    *) exit 1 ;;
  esac
  set --
  while [ "$envs" -gt 0 ]; do
    IFS= read -r -d '' value || leave
    set -- "$@" "$value"
    envs=$((envs - 1))
  done
  set -- "$@" setsid
  while [ "$args" -gt 0 ]; do
    IFS= read -r -d '' value || leave
    set -- "$@" "$value"
    args=$((args - 1))
  done
  if [ "$input" -gt 0 ]; then
    take_stdin "$input"
  else
    input=/dev/null stored=1
  fi
  if [ -z "$stored" ]; then
    result="- 0 0 000 $EPOCHREALTIME $EPOCHREALTIME"
    send x
  elif [ "$key" = - ]; then
    perform "$limit" "$outlimit" "$errlimit" "$@"
    send r "$W/out" "$W/err"
  else
    once "$key" "$limit" "$outlimit" "$errlimit" "$@"
  fi
  [ "$input" = /dev/null ] || rm -f "$W/in"
done
leave
