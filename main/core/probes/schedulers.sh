# Every file a scheduler reads, with its bytes. Usage: schedulers CRON_CAP UNIT_CAP SCRIPT_CAP LINKS_CAP
# Output: sections; each batch of files gives `files KIND N` (names, NUL after each), `stat KIND N` and `content KIND N` (each closed by M=MARK NUL).
# Names and bytes are passed through as they are. Links are followed only where the scheduler follows them, and only to regular files.
cron_cap=$1 unit_cap=$2 script_cap=$3 links_cap=$4
printf '@%s begin\n' "$mark"

# gather KIND CAP PATH...: the regular files that are or lie directly in the paths
gather() {
  kind=$1 cap=$2
  shift 2
  find -L "$@" -maxdepth 1 -type f -exec sh -c "$batch" batch "$kind" "$cap" "$mark" {} + 2>/dev/null
}

gather user-crontab "$cron_cap" /var/spool/cron/crontabs /var/spool/cron /var/spool/cron/tabs /etc/crontabs /var/cron/tabs
gather crontab "$cron_cap" /etc/crontab
gather cron.d "$cron_cap" /etc/cron.d
gather anacrontab "$cron_cap" /etc/anacrontab
gather run-parts-hourly "$script_cap" /etc/cron.hourly
gather run-parts-daily "$script_cap" /etc/cron.daily
gather run-parts-weekly "$script_cap" /etc/cron.weekly
gather run-parts-monthly "$script_cap" /etc/cron.monthly
gather run-parts-yearly "$script_cap" /etc/cron.yearly
for every in 15min hourly daily weekly monthly; do gather "periodic-$every" "$script_cap" "/etc/periodic/$every"; done
gather at "$unit_cap" /var/spool/cron/atjobs /var/spool/at /var/spool/atjobs /var/spool/atspool

# systemd: timers wherever units may lie
folders | xargs -0 sh -c 'batch=$1 cap=$2 mark=$3; shift 3
  find -L "$@" -maxdepth 1 -type f -name "*.timer" -exec sh -c "$batch" batch timer "$cap" "$mark" {} + 2>/dev/null' sh "$batch" "$unit_cap" "$mark"
# what the timers start: named after them or by Unit=, with every drop-in of both
timers=$(folders | xargs -0 sh -c 'find -L "$@" -maxdepth 1 -type f -name "*.timer" 2>/dev/null' sh | sed -n 's,^.*/\([A-Za-z0-9:_.@\\-]*\)\.timer$,\1,p' | sort -u)
named=$(folders | xargs -0 sh -c 'find -L "$@" -maxdepth 2 -type f \( -name "*.timer" -o -path "*.timer.d/*.conf" \) -exec grep -hE "^[[:space:]]*Unit[[:space:]]*=" {} + 2>/dev/null' sh |
  sed -n 's/^[[:space:]]*Unit[[:space:]]*=[[:space:]]*\([A-Za-z0-9:_.@\\-]*\)\.[a-z]*[[:space:]]*$/\1/p' | sort -u)
set --
for name in $timers $named; do
  set -- "$@" "$name.service"
  case $name in *@?*) set -- "$@" "${name%%@*}@.service" ;; esac
done
{
  folders | xargs -0 sh -c 'while [ "$1" != -- ]; do names="$names $1"; shift; done; shift
    for dir; do for name in $names; do
      [ -f "$dir/$name" ] && printf "%s\0" "$dir/$name"
      for file in "$dir/$name.d"/*.conf; do [ -f "$file" ] && printf "%s\0" "$file"; done
    done; done' sh "$@" --
  folders | xargs -0 sh -c 'find -L "$@" -maxdepth 2 -type f -path "*.timer.d/*.conf" -print0 2>/dev/null' sh
} | xargs -0 -r sh -c "$batch" batch unit "$unit_cap" "$mark"
# links that make systemd start a unit by itself: the name counts, wherever the link leads
say unit-links
folders | xargs -0 sh -c 'find "$@" -maxdepth 2 -type l \( -path "*.wants/*" -o -path "*.requires/*" -o -path "*.upholds/*" \) -print0 2>/dev/null' sh | head -c "$links_cap"
say denied
for dir in /var/spool/cron /var/spool/cron/crontabs /var/spool/cron/tabs /etc/crontabs /etc/crontab /etc/cron.d /etc/anacrontab /etc/cron.hourly /etc/cron.daily \
  /etc/cron.weekly /etc/cron.monthly /var/spool/cron/atjobs /var/spool/at; do
  [ -e "$dir" ] && [ ! -r "$dir" ] && echo "$dir"
done
say end
