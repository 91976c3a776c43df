#!/usr/bin/env ruby
# Stands in for OpenNebula's backup_qcow2.rb on a hypervisor: stages the disks of a virtual machine for a backup. It is a bash
# script that wants Ruby as the real one does: what a lab has for Ruby hands it to bash.
#   -l         it runs
#   -d ID:ID   its disks
#   -x FILE    the virtual machine as base64 of XML
#   -p FOLDER  its folder, where the staged files go to backup/disk.DISK.INCREMENT
# Like the real one it complains on standard output, and ends with 255. No guest runs here, so no guest writes: before an
# increment this script writes one mebibyte to the disk itself, and that is what has changed.
set -o pipefail
for library in backup_image backup_kvm datastore; do
  [ -r "${0%/*}/$library.rb" ] && continue
  echo "$0:25:in \`require_relative': cannot load such file -- ${0%/*}/$library (LoadError)" >&2
  exit 1
done
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
    command -v "$program" > /dev/null || { echo "No such file or directory - $program"; exit 255; }
  done
}

# Runs a program; `said` is what it says. Its failure is told as the real one tells it, and ends all.
try() { said=$("$@" 2>&1) || { echo "$said"; exit 255; }; }
told() { said=$("$@" 2>&1) || { printf '%s\n' "Error executing '$shown':" "${blank}$said"; exit 255; }; }
virsh() { local shown="virsh --connect qemu:///system $*" blank=' '; told command virsh --connect qemu:///system "$@"; }

vm=$(base64 -d "$xml") || exit
value() { local tag="<$2>(<!\\[CDATA\\[)?([^]<]*)"; [[ $1 =~ $tag ]] && echo "${BASH_REMATCH[2]}"; }
domain=$(value "$vm" DEPLOY_ID)
config=${vm#*<BACKUP_CONFIG>}
mode=$(value "$config" MODE) freeze=$(value "$config" FS_FREEZE) last=$(value "$config" LAST_INCREMENT_ID) how=
increment=$((${last:--1} + 1))
[ "$mode" != INCREMENT ] || how=$(value "$config" INCREMENT_MODE)

if [ "$live" ]; then
  need virsh
  [ "$how" != CBT ] || virsh checkpoint-list --name "$domain"
  case $freeze in
    AGENT) virsh domfsfreeze "$domain" ;;
    SUSPEND) virsh suspend "$domain" ;;
  esac
  if [ "$how" = CBT ]; then virsh backup-begin "$domain" "$folder/tmp/backup.xml" "$folder/tmp/checkpoint.xml"
  else virsh snapshot-create-as "$domain" --disk-only --atomic --no-metadata; fi
  case $freeze in
    AGENT) virsh domfsthaw "$domain" ;;
    SUSPEND) virsh resume "$domain" ;;
  esac
fi

# In SNAPSHOT mode each full backup begins a new layer above the disk, which is a link to its lowest one. If there are layers
# from before, they are merged first, and the link is absolute from then on: the next layer then has a path that is doubled.
# So it is with OpenNebula 6.10.5 and 7.4.0: no second full backup can be made, nor any after it until the mode is changed.
new_layer() {
  local disk=$1 link base=$folder/disk.$1.snap/0 next
  if [ ! -L "$folder/disk.$disk" ]; then
    mkdir "$folder/disk.$disk.snap" && mv "$folder/disk.$disk" "$base" && ln -s "disk.$disk.snap/0" "$folder/disk.$disk" || exit
  fi
  [ ! -e "$folder/disk.$disk.snap/1" ] || { rm "$folder/disk.$disk.snap/1" && ln -sfn "$base" "$folder/disk.$disk"; } || exit
  link=$(readlink "$folder/disk.$disk")
  next=$folder/${link%/*}/1
  local shown="qemu-img create -f qcow2 -o backing_fmt=qcow2 -b $base $next " blank=
  told qemu-img create -f qcow2 -o backing_fmt=qcow2 -b "$base" "$next"
}

for disk in $disks; do
  source=$folder/disk.$disk target=$folder/backup/disk.$disk.$increment
  need qemu-img
  if ((increment == 0)); then
    [ "$how" != SNAPSHOT ] || new_layer "$disk"
    try qemu-img convert -q -O qcow2 "$source" "$target"
    continue
  fi
  # An increment's backing file is the socket from which its blocks were read, and which is gone afterwards; or the layer below it.
  backing="nbd+unix:///vda?socket=$folder/backup.socket" format=raw
  if [ "$how" = SNAPSHOT ]; then backing=$folder/disk.$disk.snap/0 format=qcow2
  else
    need nbdinfo qemu-io
    [ "$live" ] || need qemu-nbd
  fi
  size=$(qemu-img info "$source" 2>&1 | sed -n 's/^virtual size: .*(\([0-9]*\) bytes)/\1/p')
  [ "$size" ] || { echo "Could not open '$source'"; exit 255; }
  mebibytes=$((size >> 20))
  write="write -q -P $((increment % 255 + 1)) $(((41 + increment) % mebibytes))M 1M"
  try qemu-img create -q -f qcow2 "$target" "$size"
  if command -v qemu-io > /dev/null; then
    for file in "$source" "$target"; do try qemu-io -f qcow2 -c "$write" "$file"; done
  fi
  try qemu-img rebase -q -u -f qcow2 -F "$format" -b "$backing" "$target"
done
[ -z "$live" ] || [ "$how" = CBT ] || virsh blockcommit --active --pivot --keep-relative "$domain" vda
