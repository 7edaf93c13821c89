#!/bin/bash
# From a fresh Debian 12 machine to the first numbers: installs what is missing, builds, captures on
# this machine, and shows what was counted. Runs until Ctrl-C.
#
#   deploy/quickstart.sh [--no-demo] [--once] [--metrics-listen ADDRESS:PORT] [filter expression]
#
#   --no-demo         without the little WebSocket traffic on loopback that ends in every usual way
#   --once            ends after the first look
#   --metrics-listen  where metrics and status are, instead of 127.0.0.1:10060
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=/usr/bin/python3
demo=true
once=false
listen=127.0.0.1:10060
filter=()

usage() {
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
}

while [[ $# -gt 0 ]]; do
  case $1 in
    --no-demo) demo=false ;;
    --once) once=true ;;
    --metrics-listen)
      [[ $# -ge 2 ]] || { usage >&2; exit 2; }
      listen=$2
      shift
      ;;
    --help | -h) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) filter+=("$1") ;;
  esac
  shift
done

build() {
  "$root/deploy/install_packages.sh" build
  cd "$root"
  cmake --preset quickstart >"$log" || { cat "$log" >&2; exit 1; }
  cmake --build build/quickstart --target closewatch-capture
}

# Capturing needs one capability. Whoever is not root grants it to the program, not to themselves.
grant_capture() {
  [[ $(id -u) -eq 0 || $(/sbin/getcap "$program") == *cap_net_raw* ]] && return
  if ! command -v sudo >/dev/null; then
    echo "Capturing needs the capability CAP_NET_RAW: run this as root, or install sudo." >&2
    exit 1
  fi
  echo "Capturing needs the capability CAP_NET_RAW; sudo grants it to $program."
  sudo /sbin/setcap cap_net_raw+ep "$program"
}

listening() {
  (exec 3<>"/dev/tcp/${listen%:*}/${listen##*:}") 2>/dev/null
}

refuse_taken_address() {
  listening || return 0
  echo "$listen is in use already, perhaps by another closewatch-capture; stop it, or give another" \
    "address with --metrics-listen." >&2
  exit 1
}

# When the program ends by itself, its own sentence stands above already.
start() {
  "$program" -i any --metrics-listen "$listen" "${filter[@]}" &
  capture=$!
  until listening; do
    kill -0 "$capture" 2>/dev/null || exit 1
    sleep 0.05
  done
}

# The program's own exit status.
stop() {
  kill -TERM "$capture" 2>/dev/null || true
  wait "$capture"
}

program=$root/build/quickstart/capture/closewatch-capture
log=$(mktemp)
capture=
trap '[[ -z $capture ]] || stop || true; rm -f "$log"' EXIT
trap 'exit 0' INT TERM

refuse_taken_address
build
grant_capture
start
if $demo; then
  "$python" "$root/deploy/demo_traffic.py"
fi
"$python" "$root/deploy/first_look.py" "http://$listen"

cat <<LOOK

Status page          http://$listen/
For Prometheus       http://$listen/metrics
A capture file       $program -r FILE
All options          $program --help
LOOK
if $once; then
  stop
  exit
fi
echo "Capturing on every interface until Ctrl-C."
wait "$capture"
