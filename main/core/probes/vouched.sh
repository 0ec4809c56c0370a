# What package lists vouch for, bytes and all: to be put before scripts that must tell an installed file from one that only lies among them. Prints nothing.
# The host's package database is read as text and may have been rewritten: this is consistency, not proof.
info=/var/lib/dpkg/info
has_lists() { [ -r /var/lib/dpkg/status ] && [ -d "$info" ]; }

# unvouched WORD: of the paths on stdin (NUL after each) those whose digest no package lists, NUL after each. WORD is part of all of them.
# /usr/lib and /lib are one folder to this question, as they are on disk or once were. A name with a newline is in no list.
unvouched() {
  {
    (set +f && grep -hF -- "$1" "$info"/*.md5sums 2>/dev/null)
    echo =
    xargs -0 -r md5sum 2>/dev/null
  } | awk '
    function plain(path) { sub(/^\//, "", path); sub(/^usr\//, "", path); return path }
    !late { if ($0 == "=") late = 1; else listed[substr($0, 1, 34) plain(substr($0, 35))] = 1; next }
    { path = substr($0, 35) }
    path ~ /^\// && !((substr($0, 1, 34) plain(path)) in listed) { printf "%s\n", path }' | tr '\n' '\0'
}
