package confine

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// endWithParent makes the kernel end all processes of a group when this process ends, however it does: nobody else is
// there to do it then. Release undoes that.
//
// The signal that a process gets when its parent ends (PR_SET_PDEATHSIG) is not inherited by its children. But a file can signal a
// group (fcntl(2), F_SETOWN, F_SETSIG), and a pipe does when its last writer is gone. Both ends are this process's, and the kernel closes
// them in the order of their numbers, or in the reverse order. So there are two pipes: of one, the reader outlives the writer.
func endWithParent(group int) (release func(), err error) {
	var open []int
	release = func() {
		for _, fd := range open {
			_ = unix.Close(fd)
		}
	}
	for range 2 {
		var ends [2]int
		if err := unix.Pipe2(ends[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
			return release, fmt.Errorf("open pipe: %w", err)
		}
		reader, writer := ends[0], ends[1]
		open = append(open, reader, writer)
		if len(open) > 2 {
			after, err := unix.FcntlInt(uintptr(reader), unix.F_DUPFD_CLOEXEC, writer+1)
			if err != nil {
				return release, fmt.Errorf("open pipe: %w", err)
			}
			_ = unix.Close(reader)
			reader, open[2] = after, after
		}
		_, err1 := unix.FcntlInt(uintptr(reader), unix.F_SETOWN, -group)
		_, err2 := unix.FcntlInt(uintptr(reader), unix.F_SETSIG, int(unix.SIGKILL))
		_, err3 := unix.FcntlInt(uintptr(reader), unix.F_SETFL, unix.O_ASYNC|unix.O_NONBLOCK)
		if err := errors.Join(err1, err2, err3); err != nil {
			return release, fmt.Errorf("let the pipe signal the group: %w", err)
		}
	}
	return release, nil
}
