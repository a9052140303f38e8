#!/bin/bash
# reproducible.sh [FORMATS]: make the packages of the last commit in two other directories, at other times and under
# another umask, and compare them byte by byte. The packages are left in dist.
set -euo pipefail
cd "$(dirname "$0")/.."
formats=${1:-deb rpm apk archlinux}
version=$(git describe --tags --always)
date=$(git log -1 --format=%ct)
top=$PWD work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT

for place in "first" "second place"; do
	(
		[ "$place" = first ] || umask 077
		git clone --quiet "$top" "$work/$place"
		cd "$work/$place"
		TZ=$([ "$place" = first ] && echo UTC || echo Asia/Tokyo) SOURCE_DATE_EPOCH=$date \
			make --silent package VERSION="$version" FORMATS="$formats"
	)
done >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }

mkdir -p dist
rm -f dist/*.deb dist/*.rpm dist/*.apk dist/*.pkg.tar.zst
count=0
for package in "$work"/first/dist/hotspot-helper*; do
	cmp "$package" "$work/second place/dist/$(basename "$package")"
	cp "$package" dist/
	count=$((count + 1))
done
[ $count = "$(wc -w <<<"$formats")" ] || { echo "want $formats, got $count packages" && exit 1; }
echo "$count packages, the same bytes from both directories"
