package confine

import (
	"fmt"
	"os"
	"strings"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// allowed are the system calls of a program that computes, reads files and waits, on any
// architecture. All others are refused, also those that later kernels will have: sockets, io_uring,
// ptrace, keys, shared memory and message queues, and all that changes a file. So are openat2 and clone3,
// whose flags are behind a pointer, and prctl, by which a program could outlive the agent.
const allowed = `
	read readv pread64 preadv write writev pwrite64 pwritev lseek _llseek
	close close_range dup dup2 dup3 pipe pipe2
	poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64
	epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2
	access faccessat faccessat2 readlink readlinkat getdents getdents64 getcwd chdir fchdir umask
	stat stat64 lstat lstat64 fstat fstat64 newfstatat fstatat64 statx statfs statfs64 fstatfs fstatfs64
	fadvise64 fadvise64_64 arm_fadvise64_64 readahead
	brk munmap mprotect mremap madvise mincore membarrier
	set_tid_address set_robust_list get_robust_list futex futex_time64 rseq set_thread_area arch_prctl
	gettid getpid getppid exit exit_group sched_yield sched_getaffinity sched_getscheduler sched_getparam
	sched_get_priority_min sched_get_priority_max getcpu
	rt_sigaction sigaction rt_sigprocmask sigprocmask rt_sigreturn sigreturn rt_sigpending rt_sigsuspend
	rt_sigtimedwait rt_sigtimedwait_time64 sigaltstack pause restart_syscall
	clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep clock_nanosleep_time64
	nanosleep gettimeofday time times alarm getitimer setitimer
	timer_create timer_settime timer_settime64 timer_gettime timer_gettime64 timer_delete timer_getoverrun
	timerfd_create timerfd_settime timerfd_settime64 timerfd_gettime timerfd_gettime64
	getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32 getresgid getresgid32
	getgroups getgroups32 getpgid getpgrp getsid getrusage getrlimit ugetrlimit getpriority sysinfo uname getrandom
	execve execveat wait4 waitid waitpid riscv_flush_icache riscv_hwprobe cacheflush`

// forking are those of a program that may start processes.
const forking = " fork vfork"

// threadFlags and childFlags are the flags of clone that libraries use for threads and for processes. Others make
// namespaces, or children of the agent that nobody waits for.
const (
	threadFlags = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_THREAD | unix.CLONE_SYSVSEM |
		unix.CLONE_SETTLS | unix.CLONE_PARENT_SETTID | unix.CLONE_CHILD_CLEARTID | unix.CLONE_CHILD_SETTID | unix.CLONE_DETACHED
	childFlags = unix.CLONE_VM | unix.CLONE_VFORK | unix.CLONE_SETTLS | unix.CLONE_PARENT_SETTID | unix.CLONE_CHILD_CLEARTID |
		unix.CLONE_CHILD_SETTID | uint64(unix.SIGCHLD)
)

// mapFlags are the flags of mmap: memory that no other process shares, and that the limit counts. It does not count
// memory that grows downwards.
const mapFlags = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_FIXED | unix.MAP_FIXED_NOREPLACE | unix.MAP_DENYWRITE |
	unix.MAP_EXECUTABLE | unix.MAP_NORESERVE | unix.MAP_POPULATE | unix.MAP_NONBLOCK | unix.MAP_STACK

// fileCommands are those of fcntl. Others say whom a file signals, and by which signal.
func fileCommands() []uint64 {
	return []uint64{unix.F_DUPFD, unix.F_DUPFD_CLOEXEC, unix.F_GETFD, unix.F_SETFD, unix.F_GETFL, unix.F_SETFL, unix.F_GETPIPE_SZ}
}

// The requests of ioctl that are the same on all architectures and that package unix has not.
const (
	fionbio  = 0x5421
	fionclex = 0x5450
	fioclex  = 0x5451
)

// deviceRequests are those of ioctl that libraries make of any file, to learn what it is. Others change the flags of files.
func deviceRequests() []uint64 {
	return []uint64{unix.TCGETS, unix.TCGETS2, unix.TIOCGWINSZ, unix.TIOCGPGRP, unix.TIOCINQ, fionbio, fioclex, fionclex}
}

// bits matches an argument that has one of some bits, 0 for none, and none of others.
func bits(argument, one uint32, none uint64) alternative {
	low, high := halves(argument)
	tests := alternative{{high, bpf.JumpBitsNotSet, uint32(none >> 32)}, {low, bpf.JumpBitsNotSet, uint32(none)}}
	if one != 0 {
		tests = append(tests, test{low, bpf.JumpBitsSet, one})
	}
	return tests
}

// equal matches an argument that is one of some values.
func equal(argument uint32, values ...uint64) (any []alternative) {
	low, high := halves(argument)
	for _, value := range values {
		any = append(any, alternative{{high, bpf.JumpEqual, uint32(value >> 32)}, {low, bpf.JumpEqual, uint32(value)}})
	}
	return any
}

// openings are how a file may be opened: to be read, without emptying it, or to be written, which Landlock refuses. Landlock
// does not see a file that is opened for neither, nor, before Linux 6.2, that one is emptied which is opened to be read.
func openings(argument uint32) []alternative {
	return []alternative{
		bits(argument, 0, unix.O_WRONLY|unix.O_RDWR|unix.O_TRUNC),
		bits(argument, unix.O_WRONLY, unix.O_RDWR),
		bits(argument, unix.O_RDWR, unix.O_WRONLY),
	}
}

// assemble makes the filter of system calls for this process, whose number the program keeps.
func assemble(processes bool) ([]bpf.Instruction, error) {
	machine, err := arch.GetInfo("")
	if err != nil {
		return nil, fmt.Errorf("filter system calls: %w", err)
	}
	names := allowed
	if processes {
		names += forking
	}
	filter := begin(machine)
	for name := range strings.FieldsSeq(names) {
		filter = answer(filter, machine, name, allow)
	}
	for _, call := range restricted(machine, processes) {
		filter = answer(filter, machine, call.name, choose(call.any)...)
	}
	// Without them, libraries take clone and openat.
	for _, name := range []string{"clone3", "openat2"} {
		filter = answer(filter, machine, name, refuse(unix.ENOSYS))
	}
	return append(filter, refuse(unix.EPERM)), nil
}

// restrictedCall is a system call of which only some arguments are allowed.
type restrictedCall struct {
	name string
	any  []alternative
}

func restricted(machine *arch.Info, processes bool) (all []restrictedCall) {
	where := func(names string, any ...alternative) {
		for name := range strings.FieldsSeq(names) {
			all = append(all, restrictedCall{name, any})
		}
	}
	// To itself: abort and threads. Others of the same user, such as the agent, are out of reach.
	where("kill tgkill", equal(0, uint64(os.Getpid()))...)
	// Its own limits: those of the agent could be lowered until it ends.
	where("prlimit64", equal(0, 0)...)
	if _, known := machine.SyscallNames["mmap2"]; known { // where mmap has its flags behind a pointer
		where("mmap2", bits(3, unix.MAP_PRIVATE, ^uint64(mapFlags)))
	} else {
		where("mmap", bits(3, unix.MAP_PRIVATE, ^uint64(mapFlags)))
	}
	where("fcntl fcntl64", equal(1, fileCommands()...)...)
	where("ioctl", equal(1, deviceRequests()...)...)
	where("open", openings(1)...)
	where("openat", openings(2)...)
	clones := []alternative{bits(0, unix.CLONE_THREAD, ^uint64(threadFlags))}
	if processes {
		clones = append(clones, bits(0, 0, ^uint64(childFlags)))
	}
	where("clone", clones...)
	return all
}
