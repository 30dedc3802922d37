# The Debian 12 packages that building needs, and how they are installed: sourced by deploy/quickstart and tests/run.
# shellcheck shell=bash

build_packages=(
  clang-19 lld-19 llvm-19 libclang-rt-19-dev cmake ninja-build ccache pkg-config
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
  libssl-dev libc-ares-dev libcurl4-openssl-dev zlib1g-dev libcrypt-dev
  prometheus-cpp-dev libyaml-cpp-dev libspdlog-dev libsqlitecpp-dev libsqlite3-dev libre2-dev libcli11-dev
  libhowardhinnant-date-dev tzdata
  libgtest-dev libgmock-dev libbenchmark-dev libvalijson-dev
)

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "installing packages needs root: run this as root, or install sudo"
  fi
}

missing_packages() {
  local name
  for name in "$@"; do
    dpkg-query --show --showformat='${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || echo "$name"
  done
}

# Installs those of the named packages that are not there yet; a second call costs nothing.
ensure_packages() {
  command -v apt-get >/dev/null || die "this needs Debian 12 (no apt-get here): install by hand what deploy/packages.sh lists"
  local missing log
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  if dpkg-query --show libboost1.74-dev >/dev/null 2>&1 && printf '%s\n' "${missing[@]}" | grep -q '^libboost1.81-dev$'; then
    die "libboost1.74-dev is installed and excludes libboost1.81-dev, which a2od needs: apt-get remove libboost1.74-dev"
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  log=$(mktemp)
  if ! { as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "apt-get failed; its whole output is in $log"
  fi
  rm -f "$log"
}

# Fetches packages of programs that tests run beside a2od and unpacks them under $1: nothing of them is installed, so no
# service is started or left enabled.
unpack_packages() {
  local target=$1 name; shift
  mkdir -p "$target/debs"
  for name in "$@"; do
    [ -e "$target/.$name" ] && continue
    say "fetching $name"
    (cd "$target/debs" && { apt-get download "$name" || { as_root apt-get update && apt-get download "$name"; }; }) >/dev/null 2>&1 \
      || die "cannot download $name from Debian"
    dpkg-deb -x "$target/debs/${name}"_*.deb "$target" && touch "$target/.$name"
  done
}
