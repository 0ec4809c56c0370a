# Arms, renews or disarms the dead man, and tells how he stands. Arguments: `arm SCRIPT` with NUL-terminated KEY, PID, START, BOOT, TTL, PATH on stdin,
# any number of them; `renew`; `look`; `disarm KEY`. Prints the keys that stand, one a line, an empty line, and the log of what he resumed.

# Never the folder above: a session that leaves may be removing it, and what is made again after that would stay on the host.
[ -d "$PATH/dead-man" ] || mkdir "$PATH/dead-man"
cd "$PATH/dead-man" || exit 1

# A session speaks, so he is not the only one who needs the folder: an earlier session may have left it to him.
rm -f alone

# Lets a dead man who sleeps look again; opened both ways, it waits for nobody.
knock() { [ ! -p tick ] || echo 1<>tick; }

beat() {
  IFS=' .' read -r uptime rest </proc/uptime
  echo "$uptime" >heartbeat.new && mv heartbeat.new heartbeat
}

put() {
  mkdir entries 2>/dev/null
  printf '%s\0' "$2" "$3" "$4" "$5" "$6" >new && mv new "entries/$1"
}

case $1 in
  arm)
    beat || exit 1
    while IFS= read -r -d '' key; do
      IFS= read -r -d '' pid && IFS= read -r -d '' start && IFS= read -r -d '' boot && IFS= read -r -d '' ttl && IFS= read -r -d '' path || exit 1
      # He may be leaving this instant and have taken the empty folder with him: the second try makes a new one.
      put "$key" "$pid" "$start" "$boot" "$ttl" "$path" || put "$key" "$pid" "$start" "$boot" "$ttl" "$path" || exit 1
    done
    # He inherits descriptor 8 and with it the lock, so a lock that is free means nobody stands guard. One who is leaving is waited for.
    exec 8>>lock
    while ! flock -n 8; do
      [ ! -s armed ] || break
      usleep 20000
    done
    if flock -n 8; then
      rm -f armed
      setsid sh -c "$2" dead-man </dev/null >/dev/null 2>&1 &
      # Until he says that he stands he may still be in our process group, which ends with this request.
      until [ -s armed ]; do usleep 10000; done
    fi
    knock
    ;;
  renew) beat || exit 1 ;;
  look) ;;
  disarm)
    rm -f "entries/$2"
    knock
    ;;
  *) exit 2 ;;
esac

set -- entries/*
for entry; do
  [ ! -f "$entry" ] || printf '%s\n' "${entry#entries/}"
done
echo
[ ! -r log ] || cat log
