package confine

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// limit is the limit of a resource.
type limit struct {
	name     string
	resource uintptr
	value    unix.Rlimit
}

// newLimit returns a limit that is not above the present one.
func newLimit(name string, resource int, value uint64) limit {
	var now unix.Rlimit
	if unix.Getrlimit(resource, &now) == nil {
		value = min(value, now.Max)
	}
	return limit{name, uintptr(resource), unix.Rlimit{Cur: value, Max: value}}
}

// limitsOf returns the limits of a program. Each is for one process: what bounds a program with several is their
// number.
func limitsOf(program Program) []limit {
	return []limit{
		newLimit("time", unix.RLIMIT_CPU, uint64(maxCPU.Seconds())),
		newLimit("open files", unix.RLIMIT_NOFILE, maxFiles),
		newLimit("stack", unix.RLIMIT_STACK, maxStack),
		newLimit("written files", unix.RLIMIT_FSIZE, 0), // pipes have no size
		newLimit("core files", unix.RLIMIT_CORE, 0),
		newLimit("locked memory", unix.RLIMIT_MEMLOCK, 0),
		newLimit("message queues", unix.RLIMIT_MSGQUEUE, 0),
		newLimit("tasks", unix.RLIMIT_NPROC, maxTasks()),
		newLimit("addresses", unix.RLIMIT_AS, maxAddresses),
		newLimit("memory", unix.RLIMIT_DATA, uint64(program.Memory)),
	}
}

// maxTasks is the limit of the user's tasks, of which the program has at most [MaxTasks]: the kernel counts the tasks of
// the user, and compares their number with the limit of the one that starts another. It does not count root's.
func maxTasks() uint64 {
	uid := os.Getuid()
	if uid == 0 {
		return unix.RLIM_INFINITY
	}
	processes, _ := os.ReadDir("/proc")   // what cannot be read is not counted
	others := -tasksOf(uid, "/proc/self") // all but one end
	for _, process := range processes {
		if name := process.Name(); '0' <= name[0] && name[0] <= '9' {
			others += tasksOf(uid, "/proc/"+name)
		}
	}
	return uint64(max(0, others)) + MaxTasks
}

// tasksOf counts the tasks of a process, if it is the user's.
func tasksOf(uid int, process string) int {
	var list unix.Stat_t
	if unix.Stat(process+"/task", &list) != nil || int(list.Uid) != uid && (list.Uid != 0 || uidOf(process) != uid) {
		return 0 // it ended, or is another's
	}
	return int(list.Nlink) - 2 // a directory for each task, beside . and ..
}

// uidOf returns the user of a process whose directory belongs to root, as if nobody may trace it.
func uidOf(process string) int {
	text, _ := os.ReadFile(process + "/status") //permit:os.ReadFile
	_, rest, _ := strings.Cut(string(text), "\nUid:\t")
	line, _, _ := strings.Cut(rest, "\t")
	uid, err := strconv.Atoi(line)
	if err != nil {
		return 0
	}
	return uid
}

// preferInShortage makes the kernel end the program before others if memory is short.
func preferInShortage() {
	file, err := os.OpenFile("/proc/self/oom_score_adj", os.O_WRONLY, 0)
	if err != nil {
		return
	}
	_, _ = file.WriteString("1000")
	_ = file.Close()
}
