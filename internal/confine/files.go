package confine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// systemDirs are where a system has its programs and libraries. What is not there is left out.
func systemDirs() []string {
	return []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store"}
}

// IsSystem reports whether a confined program may execute a file, because it is in one of the directories
// of the system. The path has no links.
func IsSystem(path string) bool {
	return slices.ContainsFunc(systemDirs(), func(dir string) bool {
		resolved, err := filepath.EvalSymlinks(dir)
		return err == nil && strings.HasPrefix(path, resolved+"/")
	})
}

// systemFiles are what interpreters and libraries read at their start.
func systemFiles() []string {
	return []string{"/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/random", "/dev/zero"}
}

// configurations are files of OpenSSL, without which programs such as Node.js do not start: of most systems,
// and of those with crypto-policies, which include the other. They may name modules and their PINs.
func configurations() []string {
	files := []string{"/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf", "/etc/crypto-policies/back-ends/opensslcnf.config"}
	return slices.DeleteFunc(files, func(path string) bool { return !isPublic(path) })
}

// isPublic reports whether every user of the system may read a file.
func isPublic(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o004 != 0
}

// restrictFiles takes all files from this thread but those of the system and of the program, to read
// and to execute. Where the kernel can, it also takes TCP, abstract sockets and signals; the filter of
// system calls takes them in any case.
func restrictFiles(program Program) error {
	if _, err := landlockVersion(); err != nil {
		return fmt.Errorf("restrict files: %w", err)
	}
	rules, flags, err := landlock.V6.BestEffort().NewRulesetFD(
		landlock.RODirs(systemDirs()...).IgnoreIfMissing(),
		landlock.ROFiles(systemFiles()...).IgnoreIfMissing(),
		landlock.ROFiles(configurations()...).IgnoreIfMissing(),
		landlock.RWFiles("/dev/null").IgnoreIfMissing(),
		landlock.ROFiles(append([]string{program.Path}, program.Files...)...),
	)
	if err != nil {
		return fmt.Errorf("restrict files: %w", err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(rules), uintptr(flags), 0); errno != 0 {
		return fmt.Errorf("restrict files: %w", errno)
	}
	return nil
}

// errNoLandlock is why a kernel cannot restrict files.
var errNoLandlock = errors.New("the kernel has no Landlock (Linux 5.13), or it is not enabled")

// landlockVersion returns the version of Landlock's interface.
func landlockVersion() (int, error) {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	switch errno {
	case 0:
		return int(version), nil
	case unix.ENOSYS, unix.EOPNOTSUPP:
		return 0, errNoLandlock
	case unix.EPERM:
		return 0, errors.New("the system calls of Landlock are forbidden here, for example by SystemCallFilter= of a unit")
	}
	return 0, errno
}
