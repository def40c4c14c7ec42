#!/bin/sh
# test/root.sh - the tests in roots of other releases, whose compilers, servers and client libraries differ from those here.
#
#   test/root.sh tools                    installs debootstrap, if it can, which the others do as well
#   test/root.sh prepare RELEASE...       makes the roots, build/roots/RELEASE, unless they are complete
#   test/root.sh test RELEASE...          that, and then builds and tests in each; TEST_FLAGS go to the test program
#   test/root.sh run RELEASE COMMAND      that, but instead of the tests a command of the root's shell, with servers, in
#                                         the build directory
#   test/root.sh readme RELEASE...        both commands of README in a bare copy of each root, with nothing but git: in a
#                                         clone as root, and then in one of a user's; it ends in a table of times
#
# RELEASE is bookworm, trixie or sid of Debian, or noble of Ubuntu.  CONFIGURE_FLAGS go to configure, if there are any to
# a build of their own; DUSQ_TEST_SCALE, _TIMEOUT and _VERBOSE to the tests.  The status is that of the tests; 77 and a
# line that says why where there can be no such root: it takes root, Linux' unshare, and a mirror that has the release,
# which is looked for among apt's sources and those that debootstrap knows, unless DUSQ_ROOT_MIRROR names it.  Everything
# happens in name spaces for mounts and processes, which the kernel takes down however this ends.  DUSQ_ROOT_SECONDS
# bounds it, for each release.
set -u
me=test/root.sh
top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$top/tools/setup.sh"
roots=$build/roots
seconds=${DUSQ_ROOT_SECONDS:-3000}

# no WHY - there can be no such root here
no()
{
  echo "$me: not run${release:+ in $release}: $*"
  exit 77
}

# choose RELEASE - what is particular to it.  Debian unstable is where MySQL's own client and server are packages.
choose()
{
  release=$1
  origin=Debian components=main keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  recipe=/usr/share/debootstrap/scripts/sid
  packages='gcc libc6-dev make pkg-config libcunit1-dev libsqlite3-dev libpq-dev openssl postgresql'
  mariadb='libmariadb-dev mariadb-server'
  case $release in
    bookworm | trixie) packages="$packages $mariadb" ;;
    sid) packages="$packages libmysqlclient-dev mysql-server-core mysql-client-core" ;;
    noble)
      packages="$packages $mariadb"
      origin=Ubuntu components=main,universe keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
      recipe=/usr/share/debootstrap/scripts/gutsy # Ubuntu's; the releases of debootstrap do not know all of its names
      ;;
    *) release= && die "what release is '$1'? bookworm, trixie, sid and noble are known" ;;
  esac
  base=$roots/$release-base root=$roots/$release
}

# in_root COMMAND...
in_root()
{
  chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" "$@"
}

# ---- making the root ---------------------------------------------------------------------------------------------------
candidates()
{
  [ -z "${DUSQ_ROOT_MIRROR:-}" ] || { echo "$DUSQ_ROOT_MIRROR"; return 0; }
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null
  sed -n 's/^[ 	]*default_mirror[ 	]*//p' "$recipe"
}

# The first that has the release; apt's helper goes where apt goes, through its proxies.
find_mirror()
{
  for mirror in $(candidates | awk '!seen[$0]++'); do
    rm -f "$root.release"
    /usr/lib/apt/apt-helper -o Acquire::Retries=1 -o Acquire::http::Timeout=20 download-file \
      "${mirror%/}/dists/$release/InRelease" "$root.release" >"$root-mirror.log" 2>&1 || continue
    ! grep -q "^Origin: $origin\$" "$root.release" || { rm -f "$root.release"; return 0; }
  done
  return 1
}

# The keys of Ubuntu are a package of Debian 13; elsewhere it comes from a root of that.
find_keyring()
{
  [ ! -f "$keyring" ] || return 0
  kept=$roots/${keyring##*/}
  if [ ! -f "$kept" ]; then
    (
      choose trixie
      make_base
      root=$roots/keys
      copy_base && in_root sh -c 'cd /dusq && apt-get -q update && apt-get -q download ubuntu-keyring &&
        dpkg-deb -x ubuntu-keyring*.deb keys'
    ) >"$roots/keyring.log" 2>&1 && cp "$roots/keys/dusq/keys$keyring" "$kept" || return 1
    rm -rf --one-file-system "$roots/keys"
  fi
  keyring=$kept
}

# What this machine's apt was told about the way to its mirrors holds inside as well.
copy_settings()
{
  apt-config dump | grep -E '^Acquire::(http|https|ForceIPv|Retries|Check-|Languages)' >"$base/etc/apt/apt.conf.d/99host"
  cp /etc/resolv.conf /etc/hosts "$base/etc/" 2>/dev/null
  bundle=/etc/ssl/certs/ca-certificates.crt
  [ ! -f "$bundle" ] || cp "$bundle" "$base$bundle"
}

# The base is bare, and stays it; what is done is done in copies.
make_base()
{
  [ ! -f "$base/dusq/base" ] || return 0
  find_mirror || no "neither apt's sources nor debootstrap's have it, or they cannot be reached"
  find_keyring || no "there are no keys of $origin to check it with; see $roots/keyring.log"
  echo "$me: making a root of $origin $release, which takes some minutes"
  rm -rf --one-file-system "$base"
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  [ -z "${proxy:-}" ] || { http_proxy=${http_proxy:-$proxy}; export http_proxy; }
  debootstrap --variant=minbase --components="$components" --include=git,ca-certificates --keyring="$keyring" \
    "$release" "$base" "$mirror" "$recipe" >"$base.log" 2>&1 || { tail -n 5 "$base.log"; no 'debootstrap failed'; }
  mkdir -p "$base/dusq/source" "$base/dusq/shared" "$base/dusq/build" && copy_settings && : >"$base/dusq/base" ||
    die "cannot finish $base"
}

copy_base()
{
  rm -rf --one-file-system "$root" && cp -a "$base" "$root" || die "cannot copy $base to $root"
}

# No server is started for the root, and none has data.
forbid_servers()
{
  printf '#!/bin/sh\nexit 101\n' >"$root$policy" && chmod 755 "$root$policy" && mkdir -p "$root${clusters%/*}" &&
    echo 'create_main_cluster = false' >"$root$clusters"
}

make_packages()
{
  [ "$(cat "$root/dusq/packages" 2>/dev/null)" != "$packages" ] || return 0
  rm -f "$root/dusq/packages"
  forbid_servers || die "cannot write in $root"
  # shellcheck disable=SC2086 # a list of words
  {
    in_root apt-get -q update && in_root env UCF_FORCE_CONFFOLD=1 apt-get -q -y -o DPkg::Options::=--force-unsafe-io \
      install --no-install-recommends $packages && in_root apt-get -q clean
  } >"$root-packages.log" 2>&1 </dev/null ||
    { tail -n 5 "$root-packages.log"; no 'its packages could not be installed'; }
  rm -f "$root/dusq/build/config.status"
  printf '%s\n' "$packages" >"$root/dusq/packages"
}

mounts()
{
  mkdir -p "$root/proc" "$root/dev/shm" "$root/dev/pts" || die "cannot make $root"
  mount -t proc proc "$root/proc" && mount -t tmpfs tmpfs "$root/dev/shm" && mount --bind /dev/pts "$root/dev/pts" ||
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
  mkdir -p "$root/dusq/$made"
  read_only "$top" "$root/dusq/source"
  shared=${DUSQ_SHARED_DIR:-$top/../shared}
  [ ! -d "$shared" ] || read_only "$shared" "$root/dusq/shared"
  # shellcheck disable=SC2016 # for the shell in there
  in_root CONFIGURE_FLAGS="${CONFIGURE_FLAGS:-}" sh -c 'cd "/dusq/$2" && { [ -f config.status ] &&
    [ ! ../source/configure -nt config.status ] || sh ../source/configure --with-sqlite=yes $CONFIGURE_FLAGS; } &&
    make -j "$1" check-build' - "$jobs" "$made" >"$root-build.log" 2>&1 </dev/null ||
    { tail -n 60 "$root-build.log" >&2; die "the build in $release failed; see $root-build.log"; }
  command=${1:-make -s --no-print-directory check-program}
  in_root BUILDDIR="/dusq/$made" DUSQ_TEST_REQUIRE_SERVERS=1 TEST_FLAGS="${TEST_FLAGS:-}" \
    ${DUSQ_TEST_SCALE:+DUSQ_TEST_SCALE="$DUSQ_TEST_SCALE"} ${DUSQ_TEST_TIMEOUT:+DUSQ_TEST_TIMEOUT="$DUSQ_TEST_TIMEOUT"} \
    ${DUSQ_TEST_VERBOSE:+DUSQ_TEST_VERBOSE="$DUSQ_TEST_VERBOSE"} \
    sh /dusq/source/test/servers.sh run sh -c "cd '/dusq/$made' && $command" </dev/null
}

# ---- README in it ------------------------------------------------------------------------------------------------------
# timed NAME WHO COMMAND... - a line for the table; what it said is in a log
timed()
{
  name=$1 who=$2
  shift 2
  began=$(date +%s)
  echo "$me: $release, $who: $name"
  if in_root "$@" >"$roots/$release-$who-$name.log" 2>&1 </dev/null; then
    verdict=passed
  else
    verdict=FAILED failed=yes
    tail -n 40 "$roots/$release-$who-$name.log"
  fi
  printf '%-10s %-5s %-22s %5d s  %s\n' "$release" "$who" "sh $name/run.sh" "$(($(date +%s) - began))" "$verdict" \
    >>"$roots/times"
}

# both WHO HOME COMMAND... - the command runs a command as that user
both()
{
  who=$1 home=$2
  shift 2
  git clone -q "$top" "$root$home/dusq" || die "cannot clone $top"
  in_root chown -R "$who:" "$home" || die "cannot give $home to $who"
  for name in examples test; do
    timed "$name" "$who" "$@" sh "$home/dusq/$name/run.sh"
  done
}

readme_inside()
{
  failed=
  both root /root env
  in_root useradd -m -s /bin/sh reader || die 'no user can be made'
  both reader /home/reader setpriv --reuid=reader --regid=reader --init-groups \
    env HOME=/home/reader PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games
  [ -z "$failed" ]
}

inside()
{
  choose "$2"
  make_base
  if [ "$1" = readme ]; then
    root=$roots/$release-bare
    copy_base
    mounts
    readme_inside
    return
  fi
  [ -d "$root/dusq" ] || copy_base
  mounts
  make_packages
  [ "$1" = prepare ] || test_inside "${3:-}"
}

# ---- outside -----------------------------------------------------------------------------------------------------------
can_there_be_roots()
{
  release=
  [ "$(id -u)" -eq 0 ] || no 'it takes root'
  have unshare && have timeout && have chroot && have apt-get || no 'it takes unshare, timeout, chroot and apt-get'
  unshare --mount --pid --fork --kill-child true 2>/dev/null || no 'the kernel gives no name spaces'
  if ! have debootstrap; then
    missing=debootstrap
    (install_missing 'for roots of other releases') || no 'debootstrap cannot be installed'
  fi
  mkdir -p "$roots"
}

# outside WHAT RELEASE [COMMAND] - the first process inside is killed with unshare, and all others with the first
outside()
{
  choose "$2"
  timeout -k 1 "$seconds" unshare --mount --pid --fork --kill-child --mount-proc \
    sh "$top/test/root.sh" inside "$1" "$2" "${3:-}" </dev/null &
  bounded=$!
  wait "$bounded"
  status=$?
  bounded=
  if [ "$status" -eq 137 ] || [ "$status" -eq 124 ]; then
    echo "$me: $release took longer than $seconds seconds" >&2
    [ "$1" != prepare ] || return 77
    return 1
  fi
  return "$status"
}

# each WHAT RELEASE... - what fails in one is no reason to leave out the next
each()
{
  what=$1 worst=0
  shift
  [ $# -gt 0 ] || die 'a release is needed'
  for one; do
    outside "$what" "$one"
    status=$?
    case $status,$worst in 0,* | 77,1) ;; 77,*) worst=77 ;; *) worst=1 ;; esac
  done
  return $worst
}

umask 022
bounded=
if [ "${1:-}" = inside ]; then
  inside "$2" "$3" "$4"
  exit
fi
trap 'exit 1' HUP INT TERM
trap '[ -z "$bounded" ] || { kill -TERM "$bounded" 2>/dev/null && wait "$bounded"; }' EXIT
case ${1:-} in
  tools) can_there_be_roots ;;
  prepare | test)
    can_there_be_roots
    [ "$1" = prepare ] || make_configure
    each "$@"
    ;;
  readme)
    can_there_be_roots
    : >"$roots/times"
    each "$@"
    status=$?
    cat "$roots/times"
    exit $status
    ;;
  run)
    can_there_be_roots
    make_configure
    outside run "${2:?a release is needed}" "${3:?a command is needed}"
    ;;
  *) die 'usage: test/root.sh tools, prepare RELEASE..., test RELEASE..., run RELEASE COMMAND, or readme RELEASE...' ;;
esac
