# Lets frozen processes run again, each only if it is still the one that was frozen. Usage: unfreeze 'PID START DEV:INODE' lines
set -f
status=10
while read -r pid start exe; do
  [ -n "$pid" ] || continue
  line=$(cat "/proc/$pid/stat" 2>/dev/null)
  [ -n "$line" ] || { echo "gone=$pid"; continue; }
  set -- ${line##*) }
  state=$1
  shift 19
  { [ "$1" = "$start" ] && [ "$(stat -L -c %d:%i "/proc/$pid/exe" 2>/dev/null)" = "$exe" ]; } || { echo "gone=$pid"; continue; }
  case $state in T|t) kill -CONT "$pid" && status=0 && echo "woken=$pid" ;; esac
done <<EOF
$1
EOF
exit $status
