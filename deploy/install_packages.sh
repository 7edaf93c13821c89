#!/bin/bash
# The one list of the Debian 12 packages that closewatch needs. Installs those that are missing and
# asks the network for nothing when none is.
#
#   deploy/install_packages.sh build         what compiles and runs the programs
#   deploy/install_packages.sh build test    and what the tests need besides
set -euo pipefail

build_packages=(
  g++ cmake ninja-build ccache mold pkg-config
  libpcap-dev libboost1.81-dev prometheus-cpp-dev libyaml-cpp-dev libcli11-dev
  nlohmann-json3-dev zlib1g-dev libssl-dev libspdlog-dev libseccomp-dev libcap-ng-dev
  libcap2-bin python3-minimal libpython3-stdlib
)
test_packages=(
  git libgtest-dev libgmock-dev libbenchmark-dev
  clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev lld-14
  tcpdump tshark iproute2 nftables util-linux prometheus prometheus-alertmanager jq chromium
  docker-compose
  python3-websockets python3-aiohttp python3-yaml websocketd openssl
  dpkg-dev lintian systemd systemd-container logrotate man-db zsh
)

# A Node.js of version 18 or later may have come from elsewhere, with its own npm.
node_is_recent() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)'
}

missing_of() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      printf '%s\n' "$package"
  done
}

as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    printf 'Packages are missing (%s); install them as root, or install sudo.\n' "${missing[*]}" >&2
    exit 1
  fi
}

wanted=()
for group in "$@"; do
  case $group in
    build) wanted+=("${build_packages[@]}") ;;
    test)
      wanted+=("${test_packages[@]}")
      node_is_recent || wanted+=(nodejs npm)
      ;;
    *)
      printf 'Unknown group of packages: %s (known: build, test)\n' "$group" >&2
      exit 2
      ;;
  esac
done
if [[ ${#wanted[@]} -eq 0 ]]; then
  printf 'Say which packages: build, test, or both.\n' >&2
  exit 2
fi
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  printf 'This script installs Debian 12 packages; on another system install the like of: %s\n' \
    "${wanted[*]}" >&2
  exit 1
fi

mapfile -t missing < <(missing_of "${wanted[@]}")
if [[ ${#missing[@]} -eq 0 ]]; then
  exit 0
fi
printf 'Installing missing packages: %s\n' "${missing[*]}"
as_root apt-get update -q
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
  "${missing[@]}" </dev/null
