#!/bin/sh
# A live helper that wants 100 MB of memory, in three processes. It succeeds if it gets them.

# eat lets three processes have 34 MB each at the same time, and prints how much each had.
eat() {
	for _ in 1 2 3; do
		{ head -c 34000000 /dev/zero | tail -c 34000000 | { sleep 10; wc -c; }; } &
	done
	wait
}

while read -r line; do
	case $line in
	*Live1.Describe*) echo '{"parameters": {"name": "hungry", "version": "1.0.0", "label": "Hungry", "hosts": ["@start"]}}' ;;
	*Live1.Authenticate*)
		[ "$(eat | sort -u)" = 34000000 ] || exit 3
		echo '{"parameters": {"result": {"outcome": "submitted"}}}'
		;;
	*) echo '{"error": "org.varlink.service.MethodNotFound", "parameters": {}}' ;;
	esac
done
