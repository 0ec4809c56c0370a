# Says what lies over a folder. Usage: block-state POINT    Prints state=blocked, state=open or state=other.
count=0 options=
while read -r x x x x where opts x; do
  [ "$where" != "$1" ] || count=$((count + 1)) options=$opts
done </proc/self/mountinfo || exit 30
case $count,$options, in
  0,*) echo state=open ;;
  1,*,noexec,*) echo state=blocked ;;
  *) echo state=other ;;
esac
