#!/bin/bash
# Boots a copy of this system with a systemd of its own: what is written goes to memory, the network
# has loopback alone, and nothing of it is left. In namespaces of its own; needs root.
#
# Usage: unshare --mount --propagation private --pid --fork --mount-proc booted_system.sh FOLDER
set -euo pipefail

folder=$1
mount -t tmpfs -o mode=755,size=1G tmpfs "$folder"
mkdir "$folder/changed" "$folder/work" "$folder/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/changed,workdir=$folder/work" "$folder/root"
# Where systemd-nspawn keeps its locks, and never another system's services.
mount -t tmpfs -o mode=755 tmpfs /run
: >"$folder/root/etc/machine-id"

# The groups of processes that systemd makes are below this one.
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
  if [[ -f $hierarchy/cgroup.procs ]]; then
    mkdir -p "$hierarchy/${folder##*/}"
    echo $$ >"$hierarchy/${folder##*/}/cgroup.procs"
  fi
done
exec systemd-nspawn --quiet --directory="$folder/root" --register=no --keep-unit --private-network \
  --link-journal=no --console=pipe /lib/systemd/systemd --unit=basic.target
