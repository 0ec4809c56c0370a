# Hashes what processes run, once per distinct file, smallest first. Usage: exe-hashes MAX_BYTES
# Prints `stat DEV INODE SIZE PID` for each distinct executable, `hash SHA256 PID` as each is done, `again DEV INODE PID` to catch a pid that
# was reused meanwhile, then `end`. Reads through /proc/PID/exe, so deleted and replaced files are hashed as they run.
max=$1
cd /proc || exit 3
list=$(printf '/proc/%s/exe\0' [0-9]* | xargs -0 stat -L -c '%d %i %s %n' 2>/dev/null |
  sed -n 's,^\([0-9]* [0-9]* [0-9]*\) /proc/\([0-9]*\)/exe$,\1 \2,p' | sort -u -k1,2 | sort -n -k3,3)
# sort -u on a key keeps one line per file
printf '%s\n' "$list" | sed -n 's/^[0-9]/stat &/p'
pids=$(printf '%s\n' "$list" | awk -v max="$max" 'NF == 4 && $3 <= max { print $4 }')
if [ -n "$pids" ]; then
  printf '/proc/%s/exe\0' $pids | xargs -0 -n 16 sha256sum 2>/dev/null |
    sed -n 's,^\([0-9a-f]*\)  /proc/\([0-9]*\)/exe$,hash \1 \2,p'
  printf '/proc/%s/exe\0' $pids | xargs -0 stat -L -c '%d %i %n' 2>/dev/null |
    sed -n 's,^\([0-9]* [0-9]*\) /proc/\([0-9]*\)/exe$,again \1 \2,p'
fi
echo end
