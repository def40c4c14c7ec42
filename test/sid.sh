#!/bin/sh
# test/sid.sh - the test program in a root of Debian unstable, where MySQL's own client and server are packages.
#
#   test/sid.sh prepare     makes the root, build/sid, unless it is complete
#   test/sid.sh             that, and then builds and tests in it; TEST_FLAGS go to the test program
#   test/sid.sh run COMMAND that, but instead of the tests a command of its shell, with servers, in the build directory
#
# CONFIGURE_FLAGS go to configure, if there are any to a build of their own; DUSQ_TEST_SCALE, _TIMEOUT and _VERBOSE to
# the tests.  The status is that of the tests; 77 and a line that says why where there can be no such root: it takes
# root, Linux' unshare, and a mirror among apt's sources that has unstable.  Everything happens in name spaces for
# mounts and processes, which the kernel takes down however this ends.  DUSQ_SID_SECONDS bounds it.
set -u
me=test/sid.sh
top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$top/tools/setup.sh"
sid=$build/sid
packages='gcc libc6-dev make pkg-config libcunit1-dev libsqlite3-dev libpq-dev libmysqlclient-dev openssl
  postgresql mysql-server-core mysql-client-core'

# no WHY - there can be no such root here
no()
{
  echo "$me: not run: $*"
  exit 77
}

# in_sid COMMAND...
in_sid()
{
  chroot "$sid" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" "$@"
}

# ---- making the root ---------------------------------------------------------------------------------------------------
# The first of apt's sources that has Debian unstable; apt's helper goes where apt goes, through its proxies.
find_mirror()
{
  for mirror in $(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | awk '!seen[$0]++'); do
    rm -f "$build/sid.release"
    /usr/lib/apt/apt-helper -o Acquire::Retries=1 -o Acquire::http::Timeout=20 download-file \
      "${mirror%/}/dists/sid/InRelease" "$build/sid.release" >"$build/sid-mirror.log" 2>&1 || continue
    ! grep -q '^Origin: Debian$' "$build/sid.release" || { rm -f "$build/sid.release"; return 0; }
  done
  return 1
}

# What this machine's apt was told about the way to its mirrors holds inside as well.
copy_settings()
{
  apt-config dump | grep -E '^Acquire::(http|https|ForceIPv|Retries|Check-|Languages)' >"$sid/etc/apt/apt.conf.d/99host"
  cp /etc/resolv.conf /etc/hosts "$sid/etc/" 2>/dev/null
  bundle=/etc/ssl/certs/ca-certificates.crt
  if [ -f "$bundle" ] && [ ! -e "$sid$bundle" ]; then
    mkdir -p "$sid/etc/ssl/certs" && cp "$bundle" "$sid$bundle"
  fi
  printf '#!/bin/sh\nexit 101\n' >"$sid$policy" && chmod 755 "$sid$policy" && # no server is started for the root
    mkdir -p "$sid${clusters%/*}" && echo 'create_main_cluster = false' >"$sid$clusters"
}

make_base()
{
  [ ! -f "$sid/dusq/base" ] || return 0
  find_mirror || no 'none of the sources of apt has Debian unstable, or it cannot be reached'
  echo "$me: making a root of Debian unstable, which takes some minutes"
  rm -rf --one-file-system "$sid"
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  [ -z "${proxy:-}" ] || { http_proxy=${http_proxy:-$proxy}; export http_proxy; }
  debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg sid "$sid" "$mirror" \
    >"$build/sid-base.log" 2>&1 || { tail -n 5 "$build/sid-base.log"; no 'debootstrap failed'; }
  mkdir -p "$sid/dusq/source" "$sid/dusq/shared" "$sid/dusq/build" && copy_settings && : >"$sid/dusq/base" ||
    die "cannot finish $sid"
}

make_packages()
{
  [ "$(cat "$sid/dusq/packages" 2>/dev/null)" != "$packages" ] || return 0
  # shellcheck disable=SC2086 # a list of words
  {
    in_sid apt-get -q update && in_sid env UCF_FORCE_CONFFOLD=1 apt-get -q -y install --no-install-recommends $packages &&
      in_sid apt-get -q clean
  } >"$build/sid-packages.log" 2>&1 </dev/null ||
    { tail -n 5 "$build/sid-packages.log"; no 'the packages of unstable could not be installed'; }
  rm -f "$sid/dusq/build/config.status"
  printf '%s\n' "$packages" >"$sid/dusq/packages"
}

mounts()
{
  mkdir -p "$sid/proc" "$sid/dev/shm" "$sid/dev/pts" || die "cannot make $sid"
  mount -t proc proc "$sid/proc" && mount -t tmpfs tmpfs "$sid/dev/shm" && mount --bind /dev/pts "$sid/dev/pts" ||
    no 'nothing can be mounted'
}

read_only()
{
  mount --bind "$1" "$2" && mount -o remount,bind,ro "$2" || die "cannot mount $1 at $2"
}

# ---- testing in it -----------------------------------------------------------------------------------------------------
# The data of some tests is where configure looks for it, beside the sources.
test_inside()
{
  made=build
  [ -z "${CONFIGURE_FLAGS:-}" ] || made=build-$(echo "$CONFIGURE_FLAGS" | cksum | cut -d ' ' -f 1)
  mkdir -p "$sid/dusq/$made"
  read_only "$top" "$sid/dusq/source"
  shared=${DUSQ_SHARED_DIR:-$top/../shared}
  [ ! -d "$shared" ] || read_only "$shared" "$sid/dusq/shared"
  : >"$build/sid-build.log"
  # shellcheck disable=SC2016 # for the shell in there
  in_sid CONFIGURE_FLAGS="${CONFIGURE_FLAGS:-}" sh -c 'cd "/dusq/$2" && { [ -f config.status ] &&
    [ ! ../source/configure -nt config.status ] || sh ../source/configure --with-sqlite=yes $CONFIGURE_FLAGS; } &&
    make -j "$1" check-build' - "$jobs" "$made" >"$build/sid-build.log" 2>&1 </dev/null ||
    { tail -n 60 "$build/sid-build.log" >&2; die "the build in unstable failed; see $build/sid-build.log"; }
  command=${1:-make -s --no-print-directory check-program}
  in_sid BUILDDIR="/dusq/$made" DUSQ_TEST_REQUIRE_SERVERS=1 TEST_FLAGS="${TEST_FLAGS:-}" \
    ${DUSQ_TEST_SCALE:+DUSQ_TEST_SCALE="$DUSQ_TEST_SCALE"} ${DUSQ_TEST_TIMEOUT:+DUSQ_TEST_TIMEOUT="$DUSQ_TEST_TIMEOUT"} \
    ${DUSQ_TEST_VERBOSE:+DUSQ_TEST_VERBOSE="$DUSQ_TEST_VERBOSE"} \
    sh /dusq/source/test/servers.sh run sh -c "cd '/dusq/$made' && $command" </dev/null
}

inside()
{
  make_base
  mounts
  make_packages
  [ "$1" = prepare ] || test_inside "${2:-}"
}

# ---- outside -----------------------------------------------------------------------------------------------------------
# The first process inside is killed with unshare, and all others with the first.
outside()
{
  [ "$(id -u)" -eq 0 ] || no 'it takes root'
  have unshare && have timeout && have chroot && have apt-get || no 'it takes unshare, timeout, chroot and apt-get'
  unshare --mount --pid --fork --kill-child true 2>/dev/null || no 'the kernel gives no name spaces'
  if ! have debootstrap; then
    missing=debootstrap
    (install_missing 'for a root of Debian unstable') || no 'debootstrap cannot be installed'
  fi
  mkdir -p "$build" && make_configure
  timeout -k 1 "${DUSQ_SID_SECONDS:-1500}" unshare --mount --pid --fork --kill-child --mount-proc \
    sh "$top/test/sid.sh" inside "$1" "${2:-}" </dev/null &
  bounded=$!
  trap 'exit 1' HUP INT TERM
  trap 'kill -TERM "$bounded" 2>/dev/null && wait "$bounded"' EXIT
  wait "$bounded"
  status=$?
  trap - EXIT
  if [ "$status" -eq 137 ] || [ "$status" -eq 124 ]; then
    [ "$1" != prepare ] || no "the root was not made in ${DUSQ_SID_SECONDS:-1500} seconds"
    die "took longer than ${DUSQ_SID_SECONDS:-1500} seconds"
  fi
  exit "$status"
}

umask 022
case ${1:-test} in
  inside) inside "$2" "$3" ;;
  prepare | test) outside "${1:-test}" ;;
  run) outside run "${2:?a command is needed}" ;;
  *) die 'usage: test/sid.sh [prepare | run COMMAND]' ;;
esac
