# Bytes of the files of keys that exist. Usage: key-files CAP; candidate paths on stdin, NUL after each.
# Output: sections `files N` (candidate and what it really is, NUL after each), `stat N`, `content N` (each closed by M=MARK NUL), `denied`.
cap=$1
read -r mark </proc/sys/kernel/random/uuid || exit 3
printf '@%s begin\n' "$mark"
batch='cap=$1 mark=$2
shift 2
printf "\n@%s files %s\n" "$mark" "$$"
for file; do printf "%s\0" "$file"; real=$(readlink -f "$file"; echo x); printf "%s\0" "${real%?x}"; done
printf "\n@%s stat %s\n" "$mark" "$$"
for file; do stat -L -c "%d %i %s %Z" "$file" 2>/dev/null || echo gone; done
printf "\n@%s content %s\n" "$mark" "$$"
printf "%s\0" "$@" | xargs -0 -n 1 printf "%s\0/proc/self/environ\0" | xargs -0 env -i "M=$mark" head -q -c "$cap" 2>/dev/null'
xargs -0 sh -c 'for file; do if [ -f "$file" ]; then printf "%s\0" "$file"; fi; done' sh | xargs -0 -r sh -c "$batch" batch "$cap" "$mark"
printf '\n@%s end\n' "$mark"
