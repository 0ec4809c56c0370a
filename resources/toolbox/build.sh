#!/bin/sh
# Builds the toolbox that is carried to suspect hosts: static busybox, getfattr, setfattr and stat, from the
# Debian source packages in sources/ and our changes in patches/. Needs Debian 12 as root; installs the compilers it
# lacks with apt-get.
# Promises: the same sources and compiler give the same bytes. Never uses a library or a header of a libc that
# loads anything at run time, and leaves the package sources of this machine as they were.
#
#   build.sh [ARCH...]            build and record (ARCH: x86_64, aarch64; both when none is named)
#   build.sh --check [ARCH...]    build elsewhere and compare with what is checked in
#   build.sh --fetch [ARCH...]    first fetch the newest source packages of this Debian release
set -eu
export LC_ALL=C TZ=UTC
umask 022

here=$(cd "$(dirname "$0")" && pwd)
packages='busybox attr coreutils musl'
mode=record
fetch=no
while :; do
  case ${1-} in
    --check) mode=check; shift ;;
    --fetch) fetch=yes; shift ;;
    -*) echo "build.sh: unknown option $1" >&2; exit 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || set -- x86_64 aarch64
for arch; do
  case $arch in x86_64 | aarch64) ;; *) echo "build.sh: unknown architecture $arch" >&2; exit 2 ;; esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
out=$here
[ $mode = record ] || out=$work/out

say() { echo "toolbox: $*" >&2; }
fail() { echo "toolbox: $*" >&2; exit 1; }

# quiet LOG COMMAND...: the output of a build matters only when it fails.
quiet() {
  log=$work/$1.log
  shift
  "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; fail "failed: $*"; }
}

need_compilers() {
  missing=
  for package in dpkg-dev make bzip2 xz-utils patch file gcc libc6-dev "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  say "installing$missing"
  quiet apt-update apt-get -q -o DPkg::Lock::Timeout=600 update
  # shellcheck disable=SC2086 # a list of package names
  DEBIAN_FRONTEND=noninteractive quiet apt-install \
    apt-get -q -y -o DPkg::Lock::Timeout=600 --no-install-recommends install $missing
}

# What an architecture needs beside the native compiler, which builds the build's own tools in any case.
compiler_packages() {
  [ "$1" != "$(uname -m)" ] || { echo linux-libc-dev; return; }
  case $1 in
    x86_64) echo gcc-x86-64-linux-gnu linux-libc-dev-amd64-cross ;;
    aarch64) echo gcc-aarch64-linux-gnu linux-libc-dev-arm64-cross ;;
  esac
}

# Source packages come through apt's own signature check, by way of a private copy of its state: this machine's
# mirrors, with source entries that only this command sees.
fetch_sources() {
  say 'fetching source packages'
  quiet apt-update apt-get -q -o DPkg::Lock::Timeout=600 update
  mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/fetched"
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  apt-get indextargets --format "\$(ORIGIN) deb-src [signed-by=$keyring] \$(REPO_URI) \$(RELEASE) \$(COMPONENT)" \
    'Created-By: Packages' | sed -n 's/^Debian //p' | sort -u >"$work/apt/sources.list"
  [ -s "$work/apt/sources.list" ] || fail 'this machine has no Debian package source to fetch from'
  private="-o Dir::Etc::sourcelist=$work/apt/sources.list -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::lists=$work/apt/lists -o Dir::Cache=$work/apt/cache -o APT::Sandbox::User=root"
  # shellcheck disable=SC2086 # options and package names, word by word
  quiet apt-sources apt-get -q $private update
  # shellcheck disable=SC2086
  (cd "$work/fetched" && quiet apt-source apt-get -q $private source --download-only $packages)
  rm -rf "$here/sources"
  mkdir -p "$here/sources"
  cp "$work"/fetched/* "$here/sources/"
}

unpack_sources() {
  if [ $fetch = no ] && [ -f "$here/SHA256SUMS" ]; then
    (cd "$here" && grep ' sources/' SHA256SUMS | sha256sum --quiet -c -) || fail 'sources differ from SHA256SUMS'
  fi
  mkdir -p "$work/src"
  for package in $packages; do
    set -- "$here"/sources/"$package"_*.dsc
    [ $# = 1 ] && [ -f "$1" ] || fail "expected one source package of $package in sources/"
    quiet "unpack-$package" dpkg-source --no-check -x "$1" "$work/src/$package"
  done
  for change in "$here"/patches/*.patch; do
    package=$(basename "$change")
    quiet "patch-$package" patch -d "$work/src/${package%%-*}" -p1 -i "$change"
  done
  # One time for every file, or make believes that Debian's patches outdated what autoconf generated.
  find "$work/src" -exec touch -h -d @1 {} +
  SOURCE_DATE_EPOCH=$(cd "$work/src/busybox" && dpkg-parsechangelog -S Timestamp)
  export SOURCE_DATE_EPOCH
}

# musl_for ARCH: a C library whose static programs are complete. Static glibc is not: looking up a user name makes
# it load libnss_*.so from the host, which is the attacker's to choose.
musl_for() {
  arch=$1
  triple=$arch-linux-gnu
  root=$work/$arch
  mkdir -p "$root/musl" "$root/headers"
  include=/usr/include
  [ "$arch" = "$(uname -m)" ] || include=/usr/$triple/include
  asm=$include/asm
  [ -d "$asm" ] || asm=$include/$triple/asm
  ln -s "$asm" "$root/headers/asm"
  for part in linux asm-generic mtd; do ln -s "$include/$part" "$root/headers/$part"; done
  flags="-Os -ffile-prefix-map=$work=."
  # Cross compilers for arm64 call an atomics helper that asks glibc for the processor; inline atomics do not.
  [ "$arch" = x86_64 ] || flags="$flags -mno-outline-atomics"
  cd "$root/musl"
  quiet "$arch-musl-configure" env CC="$triple-gcc" CROSS_COMPILE="$triple-" CFLAGS="$flags" \
    "$work/src/musl/configure" --target="$arch-linux-musl" --prefix="$root/sys" --syslibdir="$root/sys/lib" \
    --disable-shared --enable-wrapper=gcc
  quiet "$arch-musl" make -j"$(nproc)" install
  cat >"$root/cc" <<CC
#!/bin/sh
exec "$root/sys/bin/musl-gcc" $flags -fstack-protector-strong -idirafter "$root/headers" "\$@"
CC
  chmod 755 "$root/cc"
}

busybox_for() {
  arch=$1
  root=$work/$arch
  mkdir -p "$root/busybox"
  cd "$root/busybox"
  quiet "$arch-defconfig" make -C "$work/src/busybox" O="$PWD" defconfig
  sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=\(.*\)$/\1 \2/p' "$here/busybox.switches" >switches
  while read -r name value; do
    line="$name=$value"
    [ "$value" != n ] || line="# $name is not set"
    sed -i "s/^$name=.*\$/$line/; s/^# $name is not set\$/$line/" .config
  done <switches
  yes '' | quiet "$arch-oldconfig" make oldconfig
  while read -r name value; do
    if [ "$value" = n ]; then ! grep -q "^$name=" .config; else grep -q -x "$name=$value" .config; fi ||
      fail "busybox has no $name=$value"
  done <switches
  quiet "$arch-busybox" make -j"$(nproc)" CROSS_COMPILE="$arch-linux-gnu-" CC="$root/cc" busybox
  keep "$arch" busybox
  # The date in the configuration would be the only line that differs between two builds.
  sed '/^# [A-Z][a-z][a-z] [A-Z][a-z][a-z] .*[0-9]$/d' .config >"$out/$arch/busybox.config"
}

attr_for() {
  arch=$1
  root=$work/$arch
  mkdir -p "$root/attr"
  cd "$root/attr"
  quiet "$arch-attr-configure" "$work/src/attr/configure" --host="$arch-linux-musl" CC="$root/cc" \
    --disable-shared --enable-static --disable-nls LDFLAGS=-static
  quiet "$arch-attr" make -j"$(nproc)" LDFLAGS='-static -all-static' getfattr setfattr
  keep "$arch" getfattr
  keep "$arch" setfattr
}

stat_for() {
  arch=$1
  root=$work/$arch
  mkdir -p "$root/coreutils"
  cd "$root/coreutils"
  quiet "$arch-coreutils-configure" env FORCE_UNSAFE_CONFIGURE=1 "$work/src/coreutils/configure" \
    --host="$arch-linux-musl" CC="$root/cc" LDFLAGS=-static --disable-nls --disable-acl --disable-xattr \
    --disable-libcap --without-selinux --without-libgmp --without-openssl
  # Only stat, with the headers that coreutils generates for itself.
  printf 'include Makefile\nheaders: $(BUILT_SOURCES)\n' >headers.mk
  quiet "$arch-headers" make -j"$(nproc)" -f headers.mk headers
  quiet "$arch-stat" make -j"$(nproc)" src/stat
  keep "$arch" src/stat
}

# keep ARCH FILE: strip, make sure it is a static program of that architecture, and put it in place.
keep() {
  name=$(basename "$2")
  mkdir -p "$out/$1"
  "$1-linux-gnu-strip" --strip-all --remove-section=.comment -o "$out/$1/$name.new" "$2"
  chmod 755 "$out/$1/$name.new"
  file -b "$out/$1/$name.new" | grep -q 'statically linked' || fail "$1/$name is not static"
  file -b "$out/$1/$name.new" | tr - _ | grep -q "$1" || fail "$1/$name is for another machine"
  mv "$out/$1/$name.new" "$out/$1/$name"
  say "$1/$name $(stat -c %s "$out/$1/$name") bytes"
}

record_licences() {
  rm -rf "$here/LICENSES"
  mkdir -p "$here/LICENSES"
  for package in $packages; do
    cp "$work/src/$package/debian/copyright" "$here/LICENSES/$package.copyright"
  done
  cp "$work/src/busybox/LICENSE" "$here/LICENSES/busybox.GPL-2"
  cp "$work/src/coreutils/COPYING" "$here/LICENSES/coreutils.GPL-3"
  cp "$work/src/attr/doc/COPYING" "$here/LICENSES/attr.GPL-2"
  cp "$work/src/attr/doc/COPYING.LGPL" "$here/LICENSES/attr.LGPL-2.1"
  cp "$work/src/musl/COPYRIGHT" "$here/LICENSES/musl.MIT"
}

compilers=
for arch; do compilers="$compilers $(compiler_packages "$arch")"; done
# shellcheck disable=SC2086 # a list of package names
need_compilers $compilers
[ $fetch = no ] || fetch_sources
unpack_sources
for arch; do
  say "building for $arch"
  musl_for "$arch"
  busybox_for "$arch"
  attr_for "$arch"
  stat_for "$arch"
done
cd "$here"
if [ $mode = check ]; then
  for arch; do
    for name in busybox busybox.config getfattr setfattr stat; do
      cmp "$work/out/$arch/$name" "$here/$arch/$name" || fail "$arch/$name does not come out the same"
    done
  done
  say 'the same bytes came out'
else
  record_licences
  find x86_64 aarch64 sources patches LICENSES busybox.switches -type f | sort | xargs sha256sum >SHA256SUMS
fi
