#!/bin/sh
# Makes configure and what it needs.  Only for a checkout: a release tarball brings them.
set -eu
cd "$(dirname "$0")"

missing=
for tool in autoreconf automake aclocal libtoolize:glibtoolize pkg-config:pkgconf; do
  command -v "${tool%%:*}" >/dev/null 2>&1 || command -v "${tool##*:}" >/dev/null 2>&1 || missing="$missing ${tool%%:*}"
done
if [ -n "$missing" ]; then
  echo "autogen.sh: not found:$missing" >&2
  echo "autogen.sh: on Debian and Ubuntu: apt-get install autoconf automake libtool pkg-config" >&2
  exit 1
fi
exec autoreconf --install --force "$@"
