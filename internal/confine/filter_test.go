package confine_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"hotspot-helper/internal/confine"
)

// What a filter returns.
const (
	allow  uint32 = unix.SECCOMP_RET_ALLOW
	refuse uint32 = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	absent uint32 = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
)

// arguments are those of a system call.
type arguments [6]uint64

// judge returns what a filter returns for a system call.
func judge(t *testing.T, filter *bpf.VM, machine, number uint32, args arguments) uint32 {
	t.Helper()
	var data [64]byte
	binary.BigEndian.PutUint32(data[:], number) // as the interpreter reads words
	binary.BigEndian.PutUint32(data[4:], machine)
	for i, arg := range args {
		binary.BigEndian.PutUint32(data[16+8*i:], uint32(arg)) // the halves are as little-endian machines have them
		binary.BigEndian.PutUint32(data[20+8*i:], uint32(arg>>32))
	}
	action, err := filter.Run(data[:])
	if err != nil {
		t.Fatal(err)
	}
	return uint32(action)
}

// rules say with which arguments system calls are allowed. Others are allowed with any, or not at all.
func rules(processes bool) map[string]func(a arguments) bool {
	itself := func(a arguments) bool { return a[0] == uint64(os.Getpid()) }
	second := func(values ...uint64) func(a arguments) bool {
		return func(a arguments) bool { return slices.Contains(values, a[1]) }
	}
	opens := func(flags uint64) bool { return flags&3 == 1 || flags&3 == 2 || flags&(3|unix.O_TRUNC) == 0 }
	maps := func(a arguments) bool { return a[3]&unix.MAP_PRIVATE != 0 && a[3]&^0x13d832 == 0 }
	commands := second(unix.F_DUPFD, unix.F_DUPFD_CLOEXEC, unix.F_GETFD, unix.F_SETFD, unix.F_GETFL, unix.F_SETFL, unix.F_GETPIPE_SZ)
	return map[string]func(a arguments) bool{
		"kill": itself, "tgkill": itself, "prlimit64": func(a arguments) bool { return a[0] == 0 },
		"mmap": maps, "mmap2": maps, "fcntl": commands, "fcntl64": commands,
		"ioctl": second(0x5401, 0x802c542a, 0x5413, 0x540f, 0x541b, 0x5421, 0x5450, 0x5451),
		"open":  func(a arguments) bool { return opens(a[1]) }, "openat": func(a arguments) bool { return opens(a[2]) },
		"clone": func(a arguments) bool {
			return a[0]&unix.CLONE_THREAD != 0 && a[0]&^0x17d0f00 == 0 || processes && a[0]&^0x1384111 == 0
		},
	}
}

// samples are values of an argument: such that rules ask about, and the numbers of system calls, in each half and beside each other.
func samples(numbers []uint32) (all []uint64) {
	asked := []uint64{
		0, 1, 2, 3, unix.O_TRUNC, 4, 8, unix.F_SETPIPE_SZ, unix.TCGETS, 0x40086602, 17, 0x8011, 0x10000, 0x50f00,
		unix.MAP_PRIVATE | unix.MAP_ANONYMOUS, unix.MAP_SHARED | unix.MAP_ANONYMOUS, 0x122, uint64(os.Getpid()), uint64(os.Getppid()), 1<<32 - 1,
	}
	for _, low := range asked {
		all = append(all, low, low<<32, low<<32|low)
	}
	for _, number := range numbers {
		all = append(all, uint64(number))
		for _, low := range []uint64{0, 1, 3, 4, 0x21, uint64(os.Getppid())} {
			all = append(all, uint64(number)<<32|low)
		}
	}
	return all
}

// TestFilter asks the filter about every system call, with the numbers of all others in both halves of each argument. What counts is the
// rule of the call that is made.
func TestFilter(t *testing.T) {
	machine, err := arch.GetInfo("")
	if err != nil {
		t.Skip(err)
	}
	var numbers []uint32
	for number := range machine.SyscallNumbers {
		numbers = append(numbers, uint32(number|machine.SeccompMask))
	}
	few, many := samples(nil), samples(numbers)
	for _, processes := range []bool{false, true} {
		t.Run(fmt.Sprintf("processes=%t", processes), func(t *testing.T) {
			program, err := confine.Assemble(processes)
			if err != nil {
				t.Fatal(err)
			}
			filter, err := bpf.NewVM(program)
			if err != nil {
				t.Fatal(err)
			}
			rules := rules(processes)
			for number, name := range machine.SyscallNumbers {
				values, want := few, func(arguments) uint32 { return refuse }
				if rule := rules[name]; rule != nil {
					values, want = many, func(a arguments) uint32 {
						if rule(a) {
							return allow
						}
						return refuse
					}
				} else if plain := judge(t, filter, uint32(machine.ID), uint32(number|machine.SeccompMask), arguments{}); plain == allow || plain == absent {
					want = func(arguments) uint32 { return plain }
				}
				checkCall(t, filter, machine, number, values, want)
			}
			if action := judge(t, filter, uint32(machine.ID)+1, numbers[0], arguments{}); action != refuse {
				t.Errorf("a call of another architecture: %#x", action)
			}
		})
	}
}

// checkCall checks a system call with all values of each argument.
func checkCall(t *testing.T, filter *bpf.VM, machine *arch.Info, number int, values []uint64, want func(arguments) uint32) {
	t.Helper()
	for i := range len(arguments{}) {
		for _, value := range values {
			var args arguments
			args[i] = value
			if action := judge(t, filter, uint32(machine.ID), uint32(number|machine.SeccompMask), args); action != want(args) {
				t.Errorf("%s%#x: %#x, want %#x", machine.SyscallNumbers[number], args, action, want(args))
				return
			}
		}
	}
}
