# Which processes have a library mapped. Usage: carriers LIBRARY...
# Prints `resolved`, the library and its real path for each, NUL after every field; then the executable mappings that name one of them, as grep -H
# prints them; then NUL, `end`, NUL. Which line means which library exactly is left to the reader.
cd /proc || exit 3
names=
for library; do
  real=$(realpath "$library" 2>/dev/null) || real=$library
  printf 'resolved\0%s\0%s\0' "$library" "$real"
  names="$names$library
$real
"
done
# an empty pattern would match everything: none is left at the end
printf '/proc/%s/maps\0' [0-9]* | xargs -0 grep -sHF "${names%?}" | grep -F ' r-xp '
printf '\0end\0'
