#!/bin/sh
# The library and its tool with musl, whose compiler knows no header of the kernel, so that configure has to go on without
# <linux/futex.h>, and none of the drivers: the tool shows what it does with the fake backend.
. "${SRCDIR:-.}/test/house.sh"
: "${MAKE:=make}"
command -v musl-gcc >/dev/null 2>&1 || verdict 'NOT checked: there is no musl-gcc (Debian: musl-tools)'
source=$(cd "$SRCDIR" && pwd) && place=$(cd "$BUILDDIR" && pwd)/test/pkg/musl || exit 1
[ ! -f "$source/config.status" ] || verdict 'NOT checked: the source tree is a build, and then cannot be built elsewhere'
log=$place.log
mkdir -p "$place" && cd "$place" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL CXX CPPFLAGS LDFLAGS

# must TEXT COMMAND... - or the check ends here
must()
{
  what=$1
  shift
  "$@" >>"$log" 2>&1 || { tail -n 20 "$log"; echo "$what failed; the whole output is in $log"; exit 1; }
}

: >"$log"
if [ ! -f Makefile ] || [ "$source/configure" -nt Makefile ]; then
  must configure env CC=musl-gcc CFLAGS='-g -O1' sh "$source/configure" --enable-werror --disable-shared \
    --with-sqlite=no --with-postgresql=no --with-mysql=no
fi
must make "$MAKE" -s -j 2 all-am
said=$(SRCDIR=$source WITH_SQLITE=no sh "$source/test/pkg/check-tool.sh" "$place/tools/dusq" 2>&1) || wrong "$said"
parking=futexes
! grep -q '^DUSQ_CPPFLAGS.*-DDUSQ_NO_FUTEX=1' Makefile || parking='no futexes'
verdict "with $parking; the tool: ${said%%;*}" # of course not with SQLite
