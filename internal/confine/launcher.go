package confine

import (
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// exitRefused is the exit code of a process that cannot confine itself.
const exitRefused = 126

// Main confines this process and becomes the program that the arguments name, if the first one is
// [Command]. It returns only if it did not: isCommand says whether they meant it.
func Main(args []string, stderr io.Writer) (code int, isCommand bool) {
	if len(args) == 0 || args[0] != Command {
		return 0, false
	}
	err := become(args[1:])
	fmt.Fprintf(stderr, "helper: error: %v\n", err)
	return exitRefused, true
}

func become(args []string) error {
	var program Program
	if len(args) != 1 {
		return fmt.Errorf("confine program: want one argument; %s is for the agent, not for people", Command)
	}
	if err := json.Unmarshal([]byte(args[0]), &program); err != nil {
		return fmt.Errorf("confine program: %w", err)
	}
	if program.Waits {
		if err := await(); err != nil {
			return fmt.Errorf("confine %s: %w", program.Path, err)
		}
	}
	// What follows is about one thread: the others end when it becomes the program.
	runtime.LockOSThread()
	image, err := newImage(program)
	if err == nil {
		err = confine(program)
	}
	if err != nil {
		return fmt.Errorf("confine %s: %w", program.Path, err)
	}
	return fmt.Errorf("execute %s: %w", program.Path, image.execute())
}

// image is a program as the kernel takes it. All is allocated before this process is limited to what the
// program may have: the runtime could not go on.
type image struct {
	file        *os.File // the program
	fd          uintptr  // of file
	path        *byte    // empty: the open file is executed
	flags       uintptr
	argv        []*byte
	environment []*byte
	limits      []limit
}

// environment is all that a program has in it: a program in Go has a thread for each processor that it uses, and must keep
// to [MaxTasks].
const environment = "GOMAXPROCS=4"

func newImage(program Program) (*image, error) {
	i := &image{}
	path, err := i.open(program)
	if err != nil {
		return nil, err
	}
	var err1, err2, err3 error
	i.path, err1 = syscall.BytePtrFromString(path)
	i.argv, err2 = syscall.SlicePtrFromStrings(append([]string{program.Path}, program.Args...))
	i.environment, err3 = syscall.SlicePtrFromStrings([]string{environment})
	i.limits = limitsOf(program)
	return i, errors.Join(err1, err2, err3)
}

// open opens the program, and returns the path to execute: "" for the open file, whatever its path names by then. A script
// has one, because its interpreter opens it again.
func (i *image) open(program Program) (path string, err error) {
	for _, pin := range program.Pins {
		if err := pin.Check(); err != nil {
			return "", err
		}
	}
	if err := unix.Access(program.Path, unix.X_OK); err != nil {
		return "", err
	}
	if i.file, err = os.OpenFile(program.Path, os.O_RDONLY|unix.O_NONBLOCK, 0); err != nil {
		return "", err
	}
	info, err := i.file.Stat()
	if err == nil && len(program.Pins) > 0 && PinOf(program.Path, info) != program.Pins[0] {
		err = fmt.Errorf("use %s: %w", program.Path, ErrSwapped)
	}
	if err != nil {
		return "", err
	}
	i.fd = i.file.Fd()
	magic := make([]byte, len(elf.ELFMAG))
	if n, _ := i.file.ReadAt(magic, 0); string(magic[:n]) != elf.ELFMAG {
		return program.Path, nil
	}
	i.flags = unix.AT_EMPTY_PATH
	return "", nil
}

// maxBusy is how often the execution is tried while the runtime starts a thread.
const maxBusy = 1000

// execute sets the limits, and executes the program. It returns only if that fails.
func (i *image) execute() error {
	var errno syscall.Errno
	for n := range i.limits {
		l := &i.limits[n]
		if _, _, errno = syscall.RawSyscall6(syscall.SYS_PRLIMIT64, 0, l.resource, uintptr(unsafe.Pointer(&l.value)), 0, 0, 0); errno != 0 {
			return fmt.Errorf("limit %s: %w", l.name, errno)
		}
	}
	for n := 0; errno == 0 || errno == syscall.EAGAIN && n < maxBusy; n++ {
		_, _, errno = syscall.RawSyscall6(unix.SYS_EXECVEAT, i.fd, uintptr(unsafe.Pointer(i.path)),
			uintptr(unsafe.Pointer(&i.argv[0])), uintptr(unsafe.Pointer(&i.environment[0])), i.flags, 0)
	}
	return errno
}

// confine gives up all that the program must not have, but for what execute limits. The order matters: the filter of
// system calls forbids what comes before it.
func confine(program Program) error {
	if !filepath.IsAbs(program.Path) {
		return errors.New("the path is not absolute")
	}
	// Files that the agent has open are not inherited anyway: this is for those of the process that started it.
	if err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("close files: %w", err)
	}
	unix.Umask(0o077)
	preferInShortage()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	filter, noFilter := assemble(program.Processes)
	if err := restrictFiles(program); err != nil && !program.Unconfined {
		return err
	}
	if noFilter == nil {
		noFilter = install(filter)
	}
	if noFilter != nil && !program.Unconfined {
		return noFilter
	}
	return nil
}
