# Every unit, drop-in and generator that a package does not vouch for, with its bytes, and the links that start units. Usage: units CAP LINKS_CAP RECENT_DAYS
# Output: sections; each batch of files gives `files KIND N`, `stat KIND N` and `content KIND N`; `links` holds M=MARK 'LINK' -> 'TARGET' lines,
# `installed` the paths of what lies in packages' folders (NUL after each).
# Links are followed to regular files only. What generators made from other files (SourcePath=) is brought too; it is made anew at every reload.
cap=$1 links_cap=$2 days=$3
printf '@%s begin\n' "$mark"
say database
has_lists && echo dpkg
suffixes='\( -name "*.service" -o -name "*.socket" -o -name "*.path" -o -name "*.mount" -o -name "*.automount" -o -name "*.swap" -o -name "*.target" -o -name "*.slice" -o -name "*.scope" -o -name "*.device" \)'

# plain: regular files with a unit's name in the folders of stdin, and links that lead out of unit folders; NUL after each
plain() {
  xargs -0 -r sh -c 'suffixes=$1; shift
    [ $# -eq 0 ] || {
      eval "find -H \"\$@\" -maxdepth 1 -type f $suffixes -print0" 2>/dev/null
      eval "find -H \"\$@\" -maxdepth 1 -type l $suffixes -exec stat -c %N {} +" 2>/dev/null |
        sed -n "/ -> .[^\/]*$/d; / -> .\/dev\/null.$/d; / -> .\/\(usr\/\)\?lib\/systemd\/\(system\|user\)\/[^\/]*$/d; s/^.\(.*\). -> .*$/\1/p" | tr "\n" "\0"
    }' sh "$suffixes"
}
drop_ins() { xargs -0 -r sh -c 'find -L "$@" -mindepth 2 -maxdepth 2 -type f -path "*.d/*.conf" -print0 2>/dev/null' sh; }
generators() { xargs -0 -r sh -c 'find -L "$@" -maxdepth 1 -type f -print0 2>/dev/null' sh; }
# lately: without package lists nobody vouches for anything; what changed long ago was installed
lately() { xargs -0 -r sh -c 'days=$1; shift; find "$@" -maxdepth 0 -ctime "-$days" -print0 2>/dev/null' sh "$days"; }
strangers() { if has_lists; then unvouched lib/systemd/; else lately; fi; }

package_folders() { printf '%s\0' $package_units $package_users; }
own_folders() { printf '%s\0' $own_units $own_users; homes; }
kinds='system-generators user-generators system-environment-generators user-environment-generators'
own_generators() { for kind in $kinds; do for dir in /run/systemd /etc/systemd /usr/local/lib/systemd; do printf '%s\0' "$dir/$kind"; done; done; }
package_generators() { for kind in $kinds; do for dir in $usr; do printf '%s\0' "$dir/systemd/$kind"; done; done; }

{
  { own_folders; printf '%s\0' $made_units; } | plain
  own_folders | drop_ins
  own_generators | generators
  # one question to the package lists for all three
  { package_folders | plain; package_folders | drop_ins; package_generators | generators; } | strangers
} | xargs -0 -r sh -c "$batch" batch unit-file "$cap" "$mark"
say links
folders | xargs -0 sh -c 'find -H "$@" -maxdepth 2 -type l -exec stat -c "M=$0 %N" {} + 2>/dev/null' "$mark" | head -c "$links_cap"
say installed
package_folders | xargs -0 sh -c 'find -H "$@" -maxdepth 1 \( -type f -o -type l \) -print0 2>/dev/null' sh | head -c "$links_cap"
say linger
find /var/lib/systemd/linger -maxdepth 1 -type f 2>/dev/null | head -n 500
say denied
for dir in $own_units $own_users; do [ -e "$dir" ] && [ ! -r "$dir" ] && echo "$dir"; done
say end
