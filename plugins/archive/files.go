package archive

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// What an archive may hold. A list of a million names is the largest file there is;
// everything else is text that people wrote, or one page.
const (
	fileMode = 0o644
	dirMode  = 0o755
	maxFiles = 2000
	maxText  = 1 << 20 // octets of a file of TOML, a trace, a README
	maxOther = 64 << 20
	maxName  = 64 // characters of a pack's name
	maxPath  = 80 // characters of a path below the pack's directory
	maxDepth = 5  // names in a path
)

// fileName is a name that is the same on every file system, and is no hidden file,
// no option of a command, and nothing that a terminal obeys.
var fileName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]*$`)

// checkFile says why a file cannot be in an archive.
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
		return fmt.Errorf("%q: %d octets, at most %d", path, size, limit)
	}
	return nil
}

// checkTogether refuses paths that are one on some file system: those that differ in
// case alone, and a file that is also a directory.
func checkTogether(paths []string) error {
	if len(paths) == 0 {
		return errors.New("there is no file in it")
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
			now := entry{path[:end], end == len(path)}
			before, ok := seen[strings.ToLower(now.name)]
			if ok && before != now {
				return fmt.Errorf("%q and %q are one where case does not count, or a file and a directory", before.name, now.name)
			}
			seen[strings.ToLower(now.name)] = now
		}
	}
	return nil
}
