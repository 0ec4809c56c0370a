#!/bin/sh
# Checks this bundle with stock tools only: sha256sum, sha512sum, ssh-keygen, find, sort, awk.
# Usage: sh verify.sh [SHA256:fingerprint]     run it in the unzipped folder, or by its path
# It changes nothing, needs no network and no Tourniquet. VERIFY.md says the same commands in words.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname -- "$0")" || exit 2
expected=${1-}
failed=0

say() { printf '%s\n' "$*"; }
ok() { say "ok      $*"; }
bad() { say "FAILED  $*"; failed=1; }

for tool in sha256sum sha512sum ssh-keygen find sort awk; do
  command -v "$tool" >/dev/null 2>&1 || { say "FAILED  $tool is not installed: nothing was checked"; exit 2; }
done

# 1. every digest that is listed
for list in tagmanifest-sha256.txt manifest-sha256.txt; do
  if out=$(sha256sum -c "$list" 2>&1); then ok "$list"; else bad "$list"; say "$out" | awk '!/: OK$/ { print "        " $0 }'; fi
done
if out=$(sha512sum -c manifest-sha512.txt 2>&1); then ok manifest-sha512.txt; else bad manifest-sha512.txt; say "$out" | awk '!/: OK$/ { print "        " $0 }'; fi

# 2. nothing that is not listed, nothing listed twice, nothing but plain files
listed=$({ awk '{ print $2 }' manifest-sha256.txt tagmanifest-sha256.txt
  printf '%s\n' signatures/allowed_signers signatures/tagmanifest-sha256.txt.sig tagmanifest-sha256.txt; } | sort)
there=$(find . ! -type d | awk '{ sub(/^\.\//, ""); print }' | sort)
if [ "$listed" = "$there" ]; then ok 'no file is missing, none is extra'; else
  bad 'files that are extra, missing or listed twice:'
  { say "$listed" | awk '{ print "listed " $0 }'; say "$there" | awk '{ print "there  " $0 }'; } |
    awk '{ key = substr($0, 8); n[key]++; line[key] = $0 } END { for (key in n) if (n[key] != 2) print "        " line[key] }'
fi
if [ -z "$(find . ! -type d ! -type f)" ]; then ok 'plain files only'; else bad 'there are links or special files'; fi
if [ "$(awk '{ print $2 }' manifest-sha256.txt)" = "$(awk '{ print $2 }' manifest-sha512.txt)" ]; then
  ok 'both manifests list the same files'
else bad 'the manifests list different files'; fi
if awk '$2 ~ /^data\/exhibits\/[0-9a-f]+$/ && $2 != "data/exhibits/" $1 { wrong = 1 } END { exit wrong }' manifest-sha256.txt; then
  ok 'every exhibit is named by its own digest'
else bad 'an exhibit is not what its name says'; fi

# 3. the signature over the tag manifest, which covers all of the above
if [ "$(awk 'END { print NR }' signatures/allowed_signers)" != 1 ]; then bad 'signatures/allowed_signers must hold one key'; fi
if out=$(ssh-keygen -Y verify -f signatures/allowed_signers -I tourniquet-signer -n tourniquet-bundle \
  -s signatures/tagmanifest-sha256.txt.sig <tagmanifest-sha256.txt 2>&1); then
  signer=$(say "$out" | awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^SHA256:/) print $i }')
  ok "signature by $signer"
else
  signer=none
  bad "signature: $out"
fi
if [ -n "$expected" ]; then
  if [ "$signer" = "$expected" ]; then ok 'that is the expected signer'; else bad "expected $expected, signed by $signer"; fi
fi

say ''
if [ "$failed" != 0 ]; then say 'RESULT  NOT INTACT: do not rely on this bundle.'; exit 1; fi
if [ -n "$expected" ]; then say "RESULT  intact, signed by $signer (expected)."; else
  say "RESULT  intact, signer unproven: anyone can make a key. Get the fingerprint from the person who exported"
  say "        by another way than this file, and run: sh verify.sh SHA256:…"
fi
say 'Not covered here: who holds that key, the ZIP file itself (bytes outside its entries), the chains of the journal.'
say 'All but the first are covered by: tourniquet verify FILE.zip --signer SHA256:…'
exit 0
