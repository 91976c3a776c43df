#!/bin/bash
# Stands in for virsh on a hypervisor, for what OpenNebula's drivers ask and a person would: no guest runs in a lab, so none
# is listed, and none has a guest agent. A domain that was created here is there until it is destroyed, and shows a black
# console. libvirt is there for as long as its socket may be written to.
version=9.0.0
uri=qemu:///system
while [[ $1 == -* ]]; do
  case $1 in
    --version | -v) echo "$version"; exit ;;
    --connect=*) uri=${1#*=} ;;
    --connect | -c) uri=$2; shift ;;
    --quiet | -q | --readonly | -r) ;;
    *) echo "error: unsupported option '$1'. See --help." >&2; exit 1 ;;
  esac
  shift
done
asked=$1
shift

# Releases of libvirt brought these commands: those of checkpoints 5.6, of backups 6.0.
known=" version uri list hostname capabilities dominfo domstate domfsfreeze domfsthaw suspend resume snapshot-create-as blockcommit qemu-agent-command create destroy screenshot "
number() { local part; IFS=. read -ra part <<< "$1"; echo $((part[0] * 1000000 + part[1] * 1000 + part[2])); }
older() { (($(number "$version") < $(number "$1"))); }
older 5.6.0 || known+="checkpoint-list checkpoint-create-as checkpoint-delete "
older 6.0.0 || known+="backup-begin "
[[ $known == *" $asked "* ]] || { echo "error: unknown command: '$asked'" >&2; exit 1; }

socket=/var/run/libvirt/libvirt-sock
if [ ! -e $socket ]; then why='No such file or directory'; elif [ ! -w $socket ]; then why='Permission denied'; fi
if [ "$why" ]; then
  printf '%s\n' 'error: failed to connect to the hypervisor' "error: Failed to connect socket to '$socket': $why" >&2
  exit 1
fi

domains=/run/libvirt/qemu
there() {
  [ -e "$domains/$1.xml" ] && return
  printf '%s\n' "error: failed to get domain '$1'" "error: Domain not found: no domain with matching name '$1'" >&2
  exit 1
}
console=iVBORw0KGgoAAAANSUhEUgAAAtAAAAGQAQAAAACvnGrAAAAAQUlEQVR42u3MMQ0AAAgDsPk3DdckcJC0ApoAAADUvKwBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAK4sWpwB/6wWd+QAAAAASUVORK5CYII=

case $asked in
  create)
    name=$(sed -n 's/.*<name>\(.*\)<\/name>.*/\1/p' "$1") && mkdir -p $domains && cp "$1" "$domains/$name.xml" || exit 1
    printf '%s\n' "Domain '$name' created from $1" '' ;;
  destroy) there "$1"; rm "$domains/$1.xml"; printf '%s\n' "Domain '$1' destroyed" '' ;;
  screenshot) there "$1"; base64 -d <<< $console > "$2"; printf '%s\n' "Screenshot saved to $2, with type of image/png" '' ;;
  version) printf '%s\n' "Compiled against library: libvirt $version" "Using library: libvirt $version" "Using API: QEMU $version" 'Running hypervisor: QEMU 7.2.9' '' ;;
  uri) printf '%s\n' "$uri" '' ;;
  hostname) printf '%s\n' "$(hostname)" '' ;;
  list) printf '%s\n' ' Id   Name   State' '--------------------' '' ;;
  domstate) there "$1"; printf '%s\n' running '' ;;
  qemu-agent-command) there "$1"; echo; echo 'error: Guest agent is not responding: QEMU guest agent is not connected' >&2; exit 1 ;;
  domfsfreeze | domfsthaw) echo 'error: Guest agent is not responding: QEMU guest agent is not connected' >&2; exit 1 ;;
  backup-begin)
    if older 7.7.0; then echo 'error: Operation not supported: incremental backup is not supported yet' >&2; exit 1; fi ;;
esac
