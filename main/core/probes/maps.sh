# Mapped files of note: executable mappings of files that do not lie in a library directory, and deleted or memfd ones.
# Usage: maps. Prints `PID PATH` lines as the kernel writes them (a newline in a path is \012), one per process and path.
cd /proc || exit 3
set -- [0-9]*
printf '%s\n' "$@" | awk '{
  pid = $1
  file = "/proc/" pid "/maps"
  n = 0
  split("", seen)
  while ((getline line < file) > 0) {
    if (substr(line, 1, 1) == "") continue
    at = index(line, "/")
    if (!at || index(substr(line, 1, at), "x") == 0) continue
    if (split(substr(line, 1, at - 1), field, " ") < 5 || field[2] !~ /x/) continue
    path = substr(line, at)
    plain = path ~ /^\/(usr\/(local\/)?)?(lib|lib32|lib64|libx32|bin|sbin|libexec)\/[A-Za-z0-9_]/ && path !~ /\/\./ && path !~ / \(deleted\)$/
    if (plain || path in seen || n >= 64) continue
    seen[path] = 1
    n++
    print pid " " path
  }
  close(file)
}
END { print "end" }'
