# Runs one of the host's own dynamic tools where a hostile preload cannot reach it: a private mount namespace with /dev/null over the preload file.
# Arguments: NAME=VALUE words, the tool by absolute path, its arguments. Run by `unshare -m`. Every step must succeed, or the tool does not run:
# exit 125 with `clean room:` on stderr means nothing was run and nothing is known.

fail() {
  echo "clean room: $1" >&2
  exit 125
}

mount --make-rprivate / || fail 'the namespace cannot be made private'
# Absent, or a link to nothing: the loader finds nothing to load, and there is nothing to bind over.
if [ -e /etc/ld.so.preload ]; then
  mount --bind /dev/null /etc/ld.so.preload || fail 'the preload file cannot be covered'
  [ ! -s /etc/ld.so.preload ] && [ -c /etc/ld.so.preload ] || fail 'the preload file is not covered'
fi
cd / || fail 'no root directory'
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@"
