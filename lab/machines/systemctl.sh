#!/bin/bash
# Stands in for systemctl on a hypervisor. No systemd runs there; of oneadmin's own there is as much as its bus: a file.
[ "$1" = --version ] && { echo 'systemd 252 (252.39-1~deb12u1)'; exit; }
if [[ " $* " != *' --user '* ]]; then
  printf '%s\n' "System has not been booted with systemd as init system (PID 1). Can't operate." 'Failed to connect to bus: Host is down' >&2
  exit 1
fi
[ -w "/run/user/$UID/bus" ] || { echo 'Failed to connect to bus: No medium found' >&2; exit 1; }
[[ " $* " != *' is-system-running '* ]] || echo running
