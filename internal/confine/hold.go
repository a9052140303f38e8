package confine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// heldBy is the number of the file at whose end a process that is held goes on: the first that it gets beside its streams.
const heldBy = 3

// hold makes a process that is to be started wait until it is released, if its program has a Limit. The caller must
// release it, also if it is not started.
func hold(cmd *exec.Cmd, program Program) (release func(), err error) {
	if program.Limit == nil {
		return func() {}, nil
	}
	held, holder, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.ExtraFiles = []*os.File{held}
	return func() { closeAll([]*os.File{held, holder}) }, nil
}

// await waits until this process is released: nothing comes, and the file ends.
func await() error {
	for {
		_, err := unix.Read(heldBy, make([]byte, 1))
		if !errors.Is(err, unix.EINTR) {
			if err != nil {
				return fmt.Errorf("wait for limits: %w", err)
			}
			return unix.Close(heldBy)
		}
	}
}
