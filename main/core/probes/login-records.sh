# The binary login records of the host, from their end. Usage: login-records BYTES PATH...
# Output: `file PATH` (`size START` of what follows: bytes of the file, and at which byte reading began) and `records PATH`, or `denied PATH`.
bytes=$1
shift
read -r mark </proc/sys/kernel/random/uuid || exit 3
say() { printf '\n@%s %s\n' "$mark" "$1"; }
printf '@%s begin\n' "$mark"
for file; do
  [ -f "$file" ] || continue
  if [ ! -r "$file" ]; then
    say "denied $file"
    continue
  fi
  size=$(stat -L -c '%s' "$file") || continue
  start=0
  [ "$size" -le "$bytes" ] || start=$((size - bytes))
  say "file $file"
  echo "$size $start"
  say "records $file"
  # by offset, not from the end: the file may grow between the two looks
  dd if="$file" bs=65536 iflag=skip_bytes,count_bytes skip="$start" count="$bytes" 2>/dev/null
done
say end
