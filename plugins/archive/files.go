package archive

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Limits of an archive. The largest file is a list of a million names, or a program; the others are text
// written by people, or one page.
const (
	fileMode    = 0o644
	programMode = 0o755
	dirMode     = 0o755
	maxFiles    = 2000
	maxText     = 1 << 20 // bytes of a TOML file, a trace, a README
	maxOther    = 64 << 20
	maxName     = 64 // characters of a helper's name
	maxPath     = 80 // characters of a path below the helper's directory
	maxDepth    = 5  // names in a path
)

// fileName matches names that are the same on every file system, and are not hidden, not an
// option of a command and not a control sequence of a terminal.
var fileName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]*$`)

// checkFile returns why a file cannot be in an archive.
func checkFile(path string, size int64) error {
	names := strings.Split(path, "/")
	if len(path) > maxPath || len(names) > maxDepth {
		return fmt.Errorf("%q: the path has more than %d characters or %d names", path, maxPath, maxDepth)
	}
	for _, name := range names {
		if !fileName.MatchString(name) {
			return fmt.Errorf("%q: want names of letters, digits and . _ + - that begin with a letter, a digit or _", path)
		}
	}
	limit := int64(maxOther)
	for _, suffix := range []string{".toml", ".trace", ".md"} {
		if strings.HasSuffix(path, suffix) {
			limit = maxText
		}
	}
	if size < 0 || size > limit {
		return fmt.Errorf("%q: %d bytes, at most %d", path, size, limit)
	}
	return nil
}

// checkPaths refuses paths that collide on some file system: those that differ only in case,
// and a file that is also a directory.
func checkPaths(paths []string) error {
	if len(paths) == 0 {
		return errors.New("it has no files")
	}
	type entry struct {
		name string
		file bool
	}
	seen := map[string]entry{}
	for _, path := range paths {
		for end := range len(path) + 1 {
			if end < len(path) && path[end] != '/' {
				continue
			}
			this := entry{path[:end], end == len(path)}
			before, ok := seen[strings.ToLower(this.name)]
			if ok && before != this {
				return fmt.Errorf("%q and %q are the same path on some file systems, or a file and a directory", before.name, this.name)
			}
			seen[strings.ToLower(this.name)] = this
		}
	}
	return nil
}
