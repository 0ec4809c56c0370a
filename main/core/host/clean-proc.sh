# Runs a script under a /proc that nobody else has mounted over. Usage: sh -c THIS clean-proc SCRIPT NAME [ARGS...]
# A fresh procfs in a mount namespace of our own shows what lies below a mount over /proc/N; the host itself is not changed, and the
# namespace ends with us. Where that is not permitted the script runs with the host's /proc and is told so:
# VIEW=private or VIEW=host; OUTER is a pid in the namespace we came from.
if unshare -m --propagation private sh -c 'mount -t proc -o nosuid,nodev,noexec proc /proc' 2>/dev/null; then
  VIEW=private OUTER=$$ unshare -m --propagation private \
    sh -c 'mount -t proc -o nosuid,nodev,noexec proc /proc && exec sh -c "$@"' clean-proc "$@"
  # not the last command: the shell would become it, and OUTER would be inside
  exit $?
else
  VIEW=host OUTER=$$ exec sh -c "$@"
fi
