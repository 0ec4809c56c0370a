# One range of a file: bytes on stdout, and for a range at the start their digest on stderr, both of the very same read (what /proc answers differs
# from read to read, and a file that fits one range needs no other digest). Arguments: PATH, OFFSET, LENGTH. The copy stays in our folder for a moment only.

# Opening a pipe would wait, opening a device can do things: only regular files are opened.
[ -f "$1" ] || exit 3
copy=$PATH/range.$$
trap 'rm -f "$copy"' EXIT
dd if="$1" of="$copy" bs=65536 skip="$2" count="$3" iflag=fullblock,skip_bytes,count_bytes 2>"$copy.err" || {
  read -r why <"$copy.err"
  rm -f "$copy.err"
  printf '%s' "$why" >&2
  exit 1
}
rm -f "$copy.err"
if [ "$2" = 0 ]; then sha256sum "$copy" >&2 || exit 1; fi
cat "$copy"
