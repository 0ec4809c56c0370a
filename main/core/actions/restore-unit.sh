# Puts the files and links of a unit back where they stood and lets systemd read them; starts nothing.
# Usage: restore-unit CASEDIR RELOAD ROOM RESTORE ENTRY...   (entries of the quarantine, the last taken first; TOOLS in the environment)
# Prints `sha=ENTRY VALUE`, `lost=…` and `reload=…`. Exit: 0 done, 10 all were back already, 20 something else stands in a place and is left alone, 30 failed.
set -f
umask 077
case_dir=$1 reload=$2 room=$3 restore=$4
shift 4
worst=0
moved=no
for entry; do
  out=$(sh -c "$restore" restore "$case_dir" "$entry" - - -)
  status=$?
  printf '%s\n' "$out" | sed -n "s/^sha256=/sha=$entry /p; s/^lost=/lost=/p"
  case $status in
    0) moved=yes ;;
    10) ;;
    *) [ "$worst" = 30 ] || worst=$status ;;
  esac
done
if [ "$reload" = yes ] && [ "$moved" = yes ] && booted; then
  if survey | tr '\0' '\n' | grep -q -e '-generators/'; then echo 'lost=systemd'; else reload; fi
fi
[ "$worst" = 0 ] || exit "$worst"
[ "$moved" = yes ] || exit 10
exit 0
