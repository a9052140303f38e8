#!/bin/bash
# newer.sh DEB NEWER: make a deb of a later version, in which the default configuration differs.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dpkg-deb --raw-extract "$1" "$work/newer"
sed -i 's/^Version: .*/Version: 999.0.0/' "$work/newer/DEBIAN/control"
echo "# a later version" >>"$work/newer/etc/hotspot-helper/helper.toml"
dpkg-deb --root-owner-group -Zgzip -z1 --build "$work/newer" "$2" >/dev/null
