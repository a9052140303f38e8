#!/bin/bash
# contents.sh: check that every package in dist has the same files. Without rpm or zstd it leaves out what needs them.
set -euo pipefail
cd "$(dirname "$0")/../dist"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# sorted: one path a line, below /, without directories and what the format itself adds.
sorted() { sed 's|^\./||; s|^/||' | grep -vE '/$|^\.' | sort; }

dpkg-deb --fsys-tarfile hotspot-helper*.deb | tar -t | sorted >"$work/deb"
tar -tzf hotspot-helper*.apk 2>/dev/null | sorted >"$work/apk"
if command -v zstd >/dev/null; then
	zstd -dcq hotspot-helper*.pkg.tar.zst | tar -t | sorted >"$work/archlinux"
else
	echo "zstd is not installed: Arch Linux package left unchecked"
fi
if command -v rpm >/dev/null; then
	rpm -qp --nosignature --qf '[%{FILEMODES:perms} %{FILENAMES}\n]' hotspot-helper*.rpm | sed -n 's/^-[^ ]* //p' | sorted >"$work/rpm"
else
	echo "rpm is not installed: rpm left unchecked"
fi
for format in "$work"/*; do
	diff "$work/deb" "$format" || { echo "deb and $(basename "$format") differ" && exit 1; }
done
[ "$(wc -l <"$work/deb")" -gt 60 ] || { echo "only $(wc -l <"$work/deb") files" && exit 1; }
echo "$(wc -l <"$work/deb") files in each package"
