# setup.sh - what examples/run.sh and test/run.sh have in common: from a fresh checkout to a build in build/.
#
# They set `me` (the name for messages) and `top` (the source tree) and read this file.  What is missing is asked of the
# machine, not of its package lists, so that a system with other packages, and one without apt-get, does as well.
LC_ALL=C
export LC_ALL
build=$top/build
missing=  # packages without which nothing can be built
wished=   # packages without which a check says that it was not made
installed= # whether anything was installed since the build was configured
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

die()
{
  echo "$me: $*" >&2
  exit 1
}

have()
{
  command -v "$1" >/dev/null 2>&1
}

# quietly NAME COMMAND... - with its output in build/NAME.log, which is shown when it fails
quietly()
{
  log=$build/$1.log
  shift
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 60 "$log" >&2
    die "$1 failed; the whole output is in $log"
  fi
}

# need PACKAGE COMMAND... and wish PACKAGE COMMAND... - the package is wanted unless the command succeeds
need()
{
  package=$1
  shift
  "$@" >/dev/null 2>&1 </dev/null || missing="$missing $package"
}

wish()
{
  package=$1
  shift
  "$@" >/dev/null 2>&1 </dev/null || wished="$wished $package"
}

compiles()
{
  probe=$(mktemp -d) || return 1
  printf '%s\n' "$3" >"$probe/probe.$2"
  $1 "$probe/probe.$2" -o "$probe/probe"
  status=$?
  rm -rf "$probe"
  return $status
}

have_c()
{
  have "${CC:-cc}" || have gcc || have clang
}

have_libc()
{
  for compiler in ${CC:-cc} gcc clang; do
    have "$compiler" && compiles "$compiler" c '#include <stdio.h>
int main(void) { return puts("") < 0; }' && return 0
  done
  return 1
}

have_cxx()
{
  for compiler in ${CXX:-c++} g++ clang++; do
    have "$compiler" && compiles "$compiler" cc '#include <cstddef>
int main() { return 0; }' && return 0
  done
  return 1
}

have_formatter()
{
  have groff || have mandoc
}

have_libtool()
{
  have libtoolize || have glibtoolize
}

need_for_building()
{
  need gcc have_c
  need libc6-dev have_libc
  need make have make
  need pkg-config have pkg-config
  need libsqlite3-dev pkg-config --exists sqlite3
  if [ -e "$top/.git" ] || [ ! -f "$top/configure" ]; then # a release brings its configure along
    need autoconf have autoreconf
    need automake have automake
    need libtool have_libtool
  fi
}

have_postgresql_server()
{
  for directory in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do
    [ ! -x "$directory/initdb" ] || return 0
  done
  have initdb
}

have_mysql_server()
{
  (PATH=$PATH:/usr/local/sbin:/usr/sbin:/usr/libexec && { have mariadbd || have mysqld; })
}

have_mysql_client()
{
  pkg-config --exists libmariadb || pkg-config --exists mysqlclient
}

need_for_testing()
{
  need libcunit1-dev pkg-config --exists cunit
  need libpq-dev pkg-config --exists libpq
  need libmariadb-dev have_mysql_client
  need postgresql have_postgresql_server
  need mariadb-server have_mysql_server
  need openssl have openssl
  wish g++ have_cxx
  wish groff-base have_formatter
}

# What of the list the package manager does not have already (pkg-config may be missing, and have nothing to say).
not_installed()
{
  for package; do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed$' || printf ' %s' "$package"
  done
}

# A server's package starts a server for the whole machine, and PostgreSQL's makes a database for it; the tests want only
# the programs.  Debian asks policy-rc.d about the one and createcluster.conf about the other: where the machine has none
# of its own, there is one while packages are installed.
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.conf

forbid_services()
{
  forbidden=
  if [ ! -e "$policy" ]; then
    forbidden=policy
    printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null && $root chmod 755 "$policy"
  fi
  if [ ! -e "$clusters" ]; then
    forbidden="$forbidden clusters"
    $root mkdir -p "${clusters%/*}"
    echo 'create_main_cluster = false' | $root tee "$clusters" >/dev/null
  fi
}

allow_services()
{
  case $forbidden in *policy*) $root rm -f "$policy" ;; esac
  case $forbidden in
    *clusters*)
      $root cp "/usr/share/postgresql-common/${clusters##*/}" "$clusters" 2>/dev/null ||
        { $root rm -f "$clusters"; $root rmdir "${clusters%/*}" 2>/dev/null; }
      ;;
  esac
  forbidden=
}

# install_missing WHY
install_missing()
{
  [ -n "$missing$wished" ] || return 0
  root=
  if [ "$(id -u)" -ne 0 ]; then
    root=sudo
  fi
  if ! have apt-get || { [ -n "$root" ] && ! have sudo; }; then
    [ -n "$missing" ] || return 0 # what is only wished for, the checks name themselves
    have apt-get || die "not found:$missing (as Debian names them), and no apt-get to install them with"
    die "not found:$missing, and neither root nor sudo to install them: apt-get install$missing$wished"
  fi
  # shellcheck disable=SC2086 # a list of words
  wanted=$(not_installed $missing $wished)
  [ -n "$wanted" ] || return 0
  echo "$me: installing by apt-get, $1:$wanted"
  apt="$root env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 apt-get -q -y -o DPkg::Lock::Timeout=300"
  # A failed update may still leave lists that are good enough; the installation tells.
  # shellcheck disable=SC2086
  $apt update >"$build/apt-update.log" 2>&1 || true
  trap allow_services EXIT
  trap 'exit 1' HUP INT TERM
  forbid_services
  # shellcheck disable=SC2086
  if ! $apt install --no-install-recommends $wanted >"$build/apt-install.log" 2>&1; then
    tail -n 20 "$build/apt-update.log" "$build/apt-install.log" >&2
    die "apt-get could not install:$wanted"
  fi
  allow_services
  trap - EXIT HUP INT TERM
  installed=yes
}

# Whether file $1 is missing, or older than one of the others.
outdated()
{
  [ -f "$1" ] || return 0
  made=$1
  shift
  [ -n "$(find "$@" -newer "$made" 2>/dev/null)" ]
}

make_configure()
{
  if [ ! -f "$top/configure" ] || { [ -e "$top/.git" ] &&
    outdated "$top/configure" "$top/configure.ac" "$top/Makefile.am" "$top/m4/dusq.m4"; }; then
    quietly autogen sh "$top/autogen.sh"
  fi
}

# build_tree TARGET... - autogen, configure and make, each where it is needed
build_tree()
{
  make_configure
  if [ -n "$installed" ] || outdated "$build/config.status" "$top/configure"; then
    echo "$me: building in $build"
    quietly configure sh -c 'cd "$1" && sh "$2/configure" --with-sqlite=yes' - "$build" "$top"
  fi
  quietly make make -C "$build" -j "$jobs" "$@"
}

umask 022
mkdir -p "$build" || die "cannot make $build"
