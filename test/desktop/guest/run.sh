#!/bin/bash
# run.sh [CHECKS]: inside the VM, do checks of checks/, or all of them. CHECKS are globs of file names without .sh.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
trap finish EXIT
set -f
for glob in ${1:-*}; do
	set +f
	for file in "$(dirname "$0")"/checks/$glob.sh; do
		# shellcheck disable=SC1090 # one of checks/
		. "$file"
	done
done
complete=true
