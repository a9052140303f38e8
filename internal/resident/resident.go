// Package resident keeps small what the process has in memory while it waits.
package resident

import (
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"hotspot-helper/internal/file"
)

// maxMappings is how many bytes the list of the mappings has at most.
const maxMappings = 1 << 20

// Release gives back what the process does not need while it waits: garbage, and the mapped pages of
// its program. The kernel keeps those in its cache as long as it has room for them; what runs again
// maps them again, 64 kB at a time, without a disk. So it is for a process that waits for minutes.
func Release() error {
	debug.FreeOSMemory()
	list, err := file.Read("/proc/self/smaps", maxMappings)
	if err != nil {
		return fmt.Errorf("list mappings: %w", err)
	}
	for _, m := range unchanged(string(list)) {
		// Of a read-only mapping of a file, the kernel reads the same again (madvise(2)).
		if _, _, errno := unix.Syscall(unix.SYS_MADVISE, m.begin, m.end-m.begin, unix.MADV_DONTNEED); errno != 0 {
			return fmt.Errorf("release mapping: %w", errno)
		}
	}
	return nil
}

// mapping is a range of addresses.
type mapping struct{ begin, end uintptr }

// unchanged returns the read-only mappings of files that have no page of their own: a dynamic linker or
// a debugger may have changed one, which would be lost. The list is as in proc_pid_smaps(5).
func unchanged(list string) (found []mapping) {
	var last mapping
	for line := range strings.Lines(list) {
		fields := strings.Fields(line)
		switch {
		case len(fields) >= 5 && !strings.HasSuffix(fields[0], ":"): // addresses, permissions, offset, device, inode, path
			last = mapping{}
			begin, end, _ := strings.Cut(fields[0], "-")
			from, err := strconv.ParseUint(begin, 16, strconv.IntSize)
			to, err2 := strconv.ParseUint(end, 16, strconv.IntSize)
			if err == nil && err2 == nil && strings.HasPrefix(fields[1], "r-") && fields[4] != "0" {
				last = mapping{uintptr(from), uintptr(to)}
			}
		case len(fields) == 3 && fields[0] == "Anonymous:" && fields[1] == "0" && last.end > last.begin:
			found = append(found, last)
		}
	}
	return found
}
