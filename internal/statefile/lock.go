package statefile

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hotspot-helper/internal/file"
)

// Anyone who may read a directory can lock it, and keep the lock.
const (
	lockTries = 50
	lockPause = 100 * time.Millisecond
)

// Lock locks a directory until the returned file is closed. It waits for another process a few
// seconds: then the error is a [*HeldError].
func Lock(dir string) (*os.File, error) {
	lock, err := os.OpenFile(dir, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	for range lockTries {
		if err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
			return lock, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			break
		}
		time.Sleep(lockPause)
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = &HeldError{dir, holder(lock)}
	}
	return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), lock.Close())
}

// holder returns the process that has locked a file, as proc_locks(5) lists it; 0: not known.
func holder(locked *os.File) int {
	var stat unix.Stat_t
	list, err := file.Read("/proc/locks", 4<<20)
	if err != nil || unix.Fstat(int(locked.Fd()), &stat) != nil {
		return 0
	}
	id := fmt.Sprintf("%02x:%02x:%d", unix.Major(stat.Dev), unix.Minor(stat.Dev), stat.Ino)
	for line := range strings.Lines(string(list)) {
		// 1: FLOCK  ADVISORY  WRITE 4711 08:01:131073 0 EOF
		if words := strings.Fields(line); len(words) > 5 && words[1] == "FLOCK" && words[5] == id {
			pid, _ := strconv.Atoi(words[4])
			return max(pid, 0)
		}
	}
	return 0
}
