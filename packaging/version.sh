#!/bin/sh
# version.sh FORMAT DESCRIBED DATE: print the version of a package (deb, rpm, archlinux or apk) for what
# git describe --tags --always --dirty prints, with the date of the commit as 20261130.
#
# v1.2.3 is 1.2.3, five commits later it is 1.2.3+5.gabcdef0, and v1.3.0-rc.1 comes before 1.3.0. Without a tag
# the date decides. In apk a version has numbers only: _p5, _rc1, _git20261130.
set -eu
format=$1 described=$2 date=$3

dirty=
case $described in *-dirty) dirty=.dirty described=${described%-dirty} ;; esac

commits='' hash=''
case $described in
*-*-g*)
	hash=${described##*-g}
	described=${described%-g*}
	commits=${described##*-}
	described=${described%-*}
	;;
esac

case $described in
v[0-9]*) version=${described#v} ;;
[0-9]*.[0-9]*) version=$described ;;
*) # no tag: only a hash
	case $format in
	apk) echo "0.0.0_git$date" ;;
	*) echo "0.0.0+git$date.$described$dirty" ;;
	esac
	exit
	;;
esac

pre=''
case $version in
*-*) pre=${version#*-} version=${version%%-*} ;;
esac

number() { printf %s "$1" | tr -cd 0-9; }
case $format in
apk)
	[ -z "$pre" ] || version=${version}_$(printf %s "$pre" | tr -cd '[:lower:]')$(number "$pre")
	echo "$version${commits:+_p$commits}"
	;;
archlinux) echo "$version$(printf %s "$pre" | tr -d .-)${commits:++$commits.g$hash}$dirty" ;;
*) echo "$version${pre:+~$pre}${commits:++$commits.g$hash}$dirty" ;;
esac
