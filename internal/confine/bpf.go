package confine

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// A filter has a part for each system call. It begins by a comparison with the number of the call, and each way through it ends in an answer:
// what it loads of an argument is never compared with the number of another call, as in filters of go-seccomp-bpf 1.6.0, which allow
// kill of a process if half of its number is that of openat.

// The words of what a filter sees (struct seccomp_data).
const (
	word         = 4 // bytes
	numberAt     = 0
	machineAt    = 4
	argumentsAt  = 16
	argumentSize = 8
)

// test compares half an argument.
type test struct {
	at    uint32
	is    bpf.JumpTest
	value uint32
}

// alternative is one way in which a system call is allowed: all of its tests hold.
type alternative []test

// halves returns where the halves of an argument are.
func halves(argument uint32) (low, high uint32) {
	first := argumentsAt + argument*argumentSize
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 { // big-endian
		return first + word, first
	}
	return first, first + word
}

// begin makes the beginning of a filter: it refuses the calls of other architectures, and loads the number of the call.
func begin(machine *arch.Info) []bpf.Instruction {
	filter := []bpf.Instruction{
		bpf.LoadAbsolute{Off: machineAt, Size: word},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(machine.ID), SkipTrue: 1},
		refuse(unix.EPERM),
		bpf.LoadAbsolute{Off: numberAt, Size: word},
	}
	if machine.ID == arch.X86_64.ID {
		filter = append(filter, bpf.JumpIf{Cond: bpf.JumpLessThan, Val: uint32(arch.X32.SeccompMask), SkipTrue: 1}, refuse(unix.ENOSYS))
	}
	return filter
}

// answer appends the part of a system call, if the architecture has it. The part must end in an answer, and be shorter than a jump is.
func answer(filter []bpf.Instruction, machine *arch.Info, name string, part ...bpf.Instruction) []bpf.Instruction {
	number, known := machine.SyscallNames[name]
	if !known {
		return filter
	}
	filter = append(filter, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(number | machine.SeccompMask), SkipTrue: uint8(len(part))})
	return append(filter, part...)
}

// choose makes the part of a system call that is allowed in some ways, and refused otherwise.
func choose(any []alternative) (part []bpf.Instruction) {
	for _, tests := range any {
		for i, t := range tests {
			rest := 2*(len(tests)-i-1) + 1 // the tests behind it, and the answer
			part = append(part, bpf.LoadAbsolute{Off: t.at, Size: word}, bpf.JumpIf{Cond: t.is, Val: t.value, SkipFalse: uint8(rest)})
		}
		part = append(part, allow)
	}
	return append(part, refuse(unix.EPERM))
}

// allow and refuse are the answers of a filter.
var allow = bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW}

func refuse(cause unix.Errno) bpf.RetConstant {
	return bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(cause)}
}

// install puts the filter on this thread.
func install(filter []bpf.Instruction) error {
	raw, err := bpf.Assemble(filter)
	if err != nil {
		return fmt.Errorf("filter system calls: %w", err)
	}
	instructions := make([]unix.SockFilter, 0, len(raw))
	for _, i := range raw {
		instructions = append(instructions, unix.SockFilter{Code: i.Op, Jt: i.Jt, Jf: i.Jf, K: i.K})
	}
	program := unix.SockFprog{Len: uint16(len(instructions)), Filter: &instructions[0]}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program))); errno != 0 {
		return fmt.Errorf("filter system calls: %w", errno)
	}
	return nil
}
