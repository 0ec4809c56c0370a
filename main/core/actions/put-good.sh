# One part of a file that an act will need, laid ready in our own folder under its digest. Arguments: NAME OFFSET SHA256|-; the part on stdin; with the last part
# the digest of the whole. Exit: 0 done, 10 it is there already, 30 failed.
file=$PATH/$1
digest() { set -- $(sha256sum); echo "$1"; }
if [ -f "$file" ]; then [ "good-$(digest <"$file")" = "$1" ] && exit 10; rm -f "$file"; fi
[ "$2" != 0 ] || : >"$file.part" || exit 30
[ "$(stat -c %s "$file.part" 2>/dev/null)" = "$2" ] || exit 30
cat >>"$file.part" || exit 30
[ "$3" != - ] || exit 0
[ "$(digest <"$file.part")" = "$3" ] && mv "$file.part" "$file"
