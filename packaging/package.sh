#!/bin/bash
# package.sh VERSION ARCHITECTURE FORMATS: make packages in dist of what 'make install' installs. Run by 'make package', which exports
# SOURCE_DATE_EPOCH and MAINTAINER.
set -euo pipefail
umask 022
version=$1 arch=$2 formats=$3
date=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d)

stage=dist/stage # all that nfpm reads, for it keeps the times of files
trap 'rm -rf "$stage"' EXIT # it has examples, which would be packages of this module
rm -rf $stage dist/*.deb dist/*.rpm dist/*.apk dist/*.pkg.tar.zst
"${MAKE:-make}" --no-print-directory install DESTDIR="$PWD/$stage/root" PREFIX=/usr VERSION="$version" GOARCH="$arch"
find $stage/root/usr/share/man -type f -exec gzip -9n {} +
install -Dm755 -t $stage/scripts packaging/scripts/*.sh
install -Dm644 -t $stage configs/helper.toml
find $stage -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

# The packages own the directories of the pages, so that a removal takes them.
find $stage/root/usr/share/doc/hotspot-helper -mindepth 1 -type d | sort | sed "s|^$stage/root\(.*\)|  - <<: *own\n    dst: \1|" >$stage/directories
sed "\|^    dst: /usr/share/doc/hotspot-helper$|r $stage/directories" packaging/nfpm.yaml >$stage/nfpm.yaml

for format in $formats; do
	PACKAGE_VERSION=$(packaging/version.sh "$format" "$version" "$date") \
		PACKAGE_ARCH=$arch GOARCH='' go tool -modfile=packaging/nfpm.mod nfpm package --config $stage/nfpm.yaml --packager "$format" --target dist
done
