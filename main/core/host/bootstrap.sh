# The first thing of ours that runs on a host: finds a place, takes the toolbox from stdin, becomes the lane. Run by the host's own /bin/sh (dash, bash,
# ksh, busybox), so it leans on built-ins, and on mkdir, rm, and, when they work, uname, dd, chmod.
# It is handed over as ONE LINE in single quotes through whatever login shell there is, csh and fish among them: comment lines are dropped and the rest is
# joined, so every statement ends with ; and the text has no single quote, no exclamation mark and no doubled backslash. The test holds it to that.
# Arguments: MARKER, FOLDER name, BYTES the toolbox needs, LANE name, EARLIER folder or "-".
m=$1; name=$2; need=$3;
umask 077; set -f; cd /;
LC_ALL=C; PATH=/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH;
unset LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT BASH_ENV ENV IFS;
say() { printf "%s" "$m"; printf " %s" $*; printf "\n"; };
printf "\n";
os=; uid=; arch=;
[ -r /proc/sys/kernel/ostype ] && read -r os </proc/sys/kernel/ostype;
[ "$os" ] || os=$(uname -s 2>/dev/null);
[ "$os" = Linux ] || { say not-linux "${os:-nameless}"; exit 0; };
[ -r /proc/self/status ] || { say no-proc; exit 0; };
while read -r k a b c; do case $k in Uid:) uid=$b; break;; esac; done </proc/self/status;
arch=$(uname -m 2>/dev/null);
[ "$arch" ] || { [ -r /proc/sys/kernel/arch ] && read -r arch </proc/sys/kernel/arch; };
reader=printf;
case $(printf abcdef | dd bs=4 count=1 iflag=fullblock 2>/dev/null) in abcd) reader=dd;; esac;
d=; tried=;
for p in /run /dev/shm /tmp /var/tmp "$HOME"; do
[ "$p" ] || continue;
# A home is only a place when it is ours: with sudo it may still be that of the login user, who could put another toolbox where root looks for this one. For
# root the way to it must be root's as well: whoever owns a folder above can put another one in its place.
case $p in
/run|/dev/shm|/tmp|/var/tmp) ;;
/*) q=$p; while [ "$q" ] && [ -O "$q" ]; do [ "$uid" = 0 ] || { q=; break; }; [ -L "$q" ] && break; q=${q%/*}; done;
if [ "$q" ] && [ -e "$p" ]; then tried="$tried | $p: not ours"; continue; fi;;
*) tried="$tried | $p: not a full path"; continue;;
esac;
t=$p/$name/busybox;
e=$(mkdir "$p/$name" 2>&1) || { tried="$tried | $p: ${e:-mkdir failed}"; continue; };
if [ $reader = dd ]; then
e=$(dd if=/dev/zero of="$t" bs="$need" count=1 2>&1) || { tried="$tried | $p: $e"; rm -rf "$p/$name"; continue; };
fi;
# An executable bit without chmod, which attackers take away: a copy of the shell has one, and keeps it when its bytes are replaced.
{ printf "" >"$t" && chmod 700 "$t"; } 2>/dev/null || { rm -f "$t"; cp /bin/sh "$t" 2>/dev/null; };
printf "#\041/bin/sh\nexit 0\n" >"$t";
e=$("$t" 2>&1) || { tried="$tried | $p: ${e:-cannot execute}"; rm -rf "$p/$name"; continue; };
d=$p/$name; break;
done;
[ "$d" ] || { say nowhere "$tried"; exit 0; };
say at "${arch:-nameless}" "${uid:--}" $reader "$d";
# take FILE BYTES: exactly that many from stdin; without dd as lines of octal escapes up to a line with a dot.
take() {
if [ $reader = dd ]; then dd bs="$2" count=1 iflag=fullblock of="$1" 2>/dev/null;
else while IFS= read -r l; do [ "$l" = . ] && break; printf "$l" || return 1; done >"$1"; fi;
};
read -r a b || { rm -rf "$d"; exit 0; };
e=; take "$d/busybox" "$a" || e="write failed"; take "$d/lane.sh" "$b" || e="write failed";
[ "$e" ] || e=$("$d/busybox" true 2>&1) || e="${e:-does not run} (status $?)";
[ "$e" ] && { say failed "$e"; rm -rf "$d"; exit 0; };
exec "$d/busybox" env -i PATH="$d" "$d/busybox" sh "$d/lane.sh" "$d" "$4";
