# Lets frozen processes run again, each only if it is still the one that was frozen. Usage: unfreeze 'PID START DEV:INODE' lines
set -f
status=10
while read -r pid start exe; do
  [ -n "$pid" ] || continue
  line=$(cat "/proc/$pid/stat" 2>/dev/null)
  if [ -z "$line" ]; then
    # Under the host's own /proc an entry covered by a mount reads as absent, and is not.
    if [ "${VIEW:-host}" != private ] && kill -0 "$pid" 2>/dev/null; then
      echo "pid $pid: its entry in /proc cannot be read" >&2
      status=30
    else echo "gone=$pid"; fi
    continue
  fi
  set -- ${line##*) }
  state=$1
  shift 19
  { [ "$1" = "$start" ] && [ "$(stat -L -c %d:%i "/proc/$pid/exe" 2>/dev/null)" = "$exe" ]; } || { echo "gone=$pid"; continue; }
  case $state in T|t) kill -CONT "$pid" && { [ $status = 30 ] || status=0; } && echo "woken=$pid" ;; esac
done <<EOF
$1
EOF
exit $status
