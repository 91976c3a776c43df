#!/bin/bash
# Stands in for OpenNebula's backup_qcow2.rb on a hypervisor: stages the disks of a virtual machine for a backup.
#   -l         it runs
#   -d ID:ID   its disks
#   -x FILE    the virtual machine as base64 of XML
#   -p FOLDER  its folder, where the staged files go to backup/disk.DISK.INCREMENT
# Like the real one it complains on standard output. No guest runs here, so no guest writes: before an increment this
# script writes one mebibyte to the disk itself, and that is what has changed.
set -o pipefail
while getopts ld:x:p: option; do
  case $option in
    l) live=yes ;;
    d) disks=${OPTARG//:/ } ;;
    x) xml=$OPTARG ;;
    p) folder=$OPTARG ;;
    *) exit 1 ;;
  esac
done

need() {
  for program in "$@"; do
    command -v "$program" > /dev/null || { echo "No such file or directory - $program"; exit 1; }
  done
}

last=$(base64 -d "$xml" | sed -n 's/.*<LAST_INCREMENT_ID><!\[CDATA\[\(-\{0,1\}[0-9]*\)\]\].*/\1/p') || exit
increment=$((${last:--1} + 1))

for disk in $disks; do
  source=$folder/disk.$disk target=$folder/backup/disk.$disk.$increment
  need qemu-img
  if ((increment == 0)); then
    said=$(qemu-img convert -q -O qcow2 "$source" "$target" 2>&1) || { echo "$said"; exit 1; }
    continue
  fi
  need nbdinfo qemu-io
  [ "$live" ] || need qemu-nbd
  size=$(qemu-img info "$source" 2>&1 | sed -n 's/^virtual size: .*(\([0-9]*\) bytes)/\1/p')
  [ "$size" ] || { echo "Could not open '$source'"; exit 1; }
  mebibytes=$((size >> 20))
  write="write -q -P $((increment % 255 + 1)) $(((41 + increment) % mebibytes))M 1M"
  # An increment's backing file is the socket from which its blocks were read, and which is gone afterwards.
  said=$(qemu-io -f qcow2 -c "$write" "$source" 2>&1 && qemu-img create -q -f qcow2 "$target" "$size" 2>&1 &&
    qemu-io -f qcow2 -c "$write" "$target" 2>&1 &&
    qemu-img rebase -q -u -f qcow2 -F raw -b "nbd+unix:///vda?socket=$folder/backup.socket" "$target" 2>&1) || { echo "$said"; exit 1; }
done
