#!/bin/bash
# Installs what the tests need, builds, and runs all of them. CI runs this and nothing else.
#
#   tests/run.sh          everything: sanitizers, formatting, clang-tidy, the release build, end to end
#   tests/run.sh --fast   the unit tests of the dev build
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
jobs=$(nproc)
fast=false
case ${1:-} in
  '') ;;
  --fast) fast=true ;;
  *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

# Another clone of the same sources finds what this one compiled, precompiled headers included.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
export CTEST_OUTPUT_ON_FAILURE=1

# Runs one step, and says how long it took or that it failed.
section() {
  local name=$1 began=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  "$@" || { printf '\n%s failed.\n' "$name" >&2; exit 1; }
  printf -- '-- %s: %d s\n' "$name" $((SECONDS - began))
}

configure() {
  cmake --preset "$1" >"build/$1.log" 2>&1 || { cat "build/$1.log"; return 1; }
}

build() {
  configure "$1" && cmake --build "build/$1" -j "$jobs"
}

npm_packages() {
  local folder=tests/end_to_end
  cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed.json" && return
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --prefer-offline) &&
    cp "$folder/package-lock.json" "$folder/node_modules/.installed.json"
}

format() {
  git ls-files '*.h' '*.cc' | xargs -r clang-format-14 --dry-run -Werror
}

tidy() {
  run-clang-tidy-14 -quiet -j "$jobs" -p build/asan "^$root/(websocket|config|sandbox|capture|proxy|metrics)/" \
    >build/tidy.log 2>&1 || { grep -v '^[0-9]* warnings generated' build/tidy.log; return 1; }
}

# GCC's ThreadSanitizer wants its shadow memory where a strongly randomized address space may have put
# something else.
threads() {
  local fixed_addresses=()
  if setarch -R true 2>/dev/null; then
    fixed_addresses=(setarch -R)
  fi
  configure tsan &&
    "${fixed_addresses[@]}" cmake --build build/tsan -j "$jobs" --target metrics_test &&
    "${fixed_addresses[@]}" ctest --test-dir build/tsan -j "$jobs" -R '^metrics\.' --no-tests=error
}

# Capturing needs root; without it the tests that capture skip themselves, and say so.
privileged() {
  if [[ $(id -u) -eq 0 ]] || ! sudo -n true 2>/dev/null; then
    "$@"
    return
  fi
  local status=0
  sudo -n CTEST_OUTPUT_ON_FAILURE=1 "PATH=$PATH" "$@" || status=$?
  sudo -n chown -R "$(id -u):$(id -g)" build
  return $status
}

mkdir -p build
if $fast; then
  deploy/install_packages.sh build test
  build dev
  exec ctest --test-dir build/dev -j "$jobs" -L unit --no-tests=error
fi

section 'packages' deploy/install_packages.sh build test
section 'npm packages' npm_packages
section 'formatting' format
section 'import table' /usr/bin/python3 tests/import_table_test.py
section 'build with Clang, AddressSanitizer and UndefinedBehaviorSanitizer' build asan
section 'unit tests and fuzz corpus under them' \
  ctest --test-dir build/asan -j "$jobs" -L 'unit|fuzz_smoke' --no-tests=error
section 'real endings under them' privileged \
  ctest --test-dir build/asan --no-tests=error --repeat until-pass:3 \
    -R '^end_to_end\.(live_loopback|shutdown|sandbox|yarp_matrix|drain|reload|proxy_faults|own_alerts|soak)$'
section 'clang-tidy' tidy
section 'ThreadSanitizer' threads
section 'release build with GCC' build release
printf '\n== all tests of the release build, after %d s\n' "$SECONDS"
# Real programs on a busy machine are late now and then; what is wrong is wrong three times.
privileged ctest --test-dir build/release -j "$jobs" -E '^end_to_end\.soak$' --no-tests=error \
  --repeat until-pass:3
