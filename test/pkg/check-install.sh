#!/bin/sh
# What a user of an installed dusq does: make install DESTDIR=..., compile examples/seed.c by what pkg-config says, with
# the shared and with the static library, and run it; then make uninstall, which leaves nothing behind.
. "${SRCDIR:-.}/test/house.sh"
: "${MAKE:=make}" "${PKG_CONFIG:=pkg-config}" "${CFLAGS:=-g}" "${PREFIX:=/usr/local}" "${LIBDIR:=$PREFIX/lib}"
: "${INCLUDEDIR:=$PREFIX/include}" "${WITH_SQLITE:=no}" "${LDFLAGS:=}" "${VERSION:=}"

top=$(cd "$BUILDDIR" && pwd)
stage=$top/test/pkg/stage
log=$top/test/pkg/stage.log
rm -rf "$stage"
mkdir -p "$stage/root" "$stage/user" || exit 1
: >"$log"

# must TEXT COMMAND... - or the check ends here
must()
{
  what=$1
  shift
  echo "\$ $*" >>"$log"
  if ! "$@" >>"$log" 2>&1; then
    echo "$what failed:"
    tail -n 20 "$log"
    exit 1
  fi
}

in_build()
{
  (cd "$top" && $MAKE -s --no-print-directory "$@" DESTDIR="$stage/root")
}

ask()
{
  PKG_CONFIG_SYSROOT_DIR=$stage/root PKG_CONFIG_PATH=$stage/root$LIBDIR/pkgconfig:${PKG_CONFIG_PATH:-} \
    "$PKG_CONFIG" "$@" dusq
}

# An outsider's compile: nothing of ours but what pkg-config says.
compile()
{
  # shellcheck disable=SC2086
  $CC $CFLAGS "$SRCDIR/examples/seed.c" -o "$1" $2 $LDFLAGS
}

# runs PROGRAM: prints something for sqlite:, and one clear line on stderr for a scheme that there is not
runs()
{
  if [ "$WITH_SQLITE" = yes ]; then
    must "$1 sqlite:" "$1" sqlite:
    [ -n "$("$1" sqlite: 2>/dev/null)" ] || wrong "$1 sqlite: printed nothing"
  fi
  if said=$("$1" nosuchscheme: 2>&1 >/dev/null); then
    wrong "$1 nosuchscheme: succeeded"
  elif [ "$(printf '%s\n' "$said" | wc -l)" -ne 1 ] || [ -z "$said" ]; then
    wrong "$1 nosuchscheme: should say one line: $said"
  fi
}

unset MAKEFLAGS MFLAGS MAKELEVEL
must 'make install' in_build install
must 'pkg-config --exists' ask --exists
[ -z "$VERSION" ] || [ "$(ask --modversion)" = "$VERSION" ] || wrong "dusq.pc: version $(ask --modversion), not $VERSION"

kinds=
if [ -f "$stage/root$LIBDIR/libdusq.so" ]; then
  must 'compiling against the shared library' compile "$stage/user/shared" "$(ask --cflags --libs)"
  LD_LIBRARY_PATH=$stage/root$LIBDIR${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  export LD_LIBRARY_PATH
  runs "$stage/user/shared"
  kinds=shared
fi
if [ -f "$stage/root$LIBDIR/libdusq.a" ]; then
  # what --static adds, with our own library static and the system's as they are
  flags=$(ask --static --cflags --libs | sed "s| -ldusq| $stage/root$LIBDIR/libdusq.a|")
  must 'compiling against the static library' compile "$stage/user/static" "$flags"
  (unset LD_LIBRARY_PATH; runs "$stage/user/static"; exit "$problems") || problems=$((problems + 1))
  kinds="${kinds:+$kinds and }static"
fi
[ -n "$kinds" ] || wrong 'no library was installed'

installed=$(find "$stage/root" ! -type d | wc -l | tr -d ' ')
must 'make uninstall' in_build uninstall
wrong_lines "$(find "$stage/root" ! -type d -exec echo 'left by make uninstall:' {} \;)"
[ ! -d "$stage/root$INCLUDEDIR/dusq" ] || wrong "left by make uninstall: $INCLUDEDIR/dusq"
rm -rf "$stage"
[ "$problems" -ne 0 ] || rm -f "$log"
verdict "$installed files, seed.c with the $kinds library by pkg-config, uninstalled without a rest"
