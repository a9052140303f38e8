package live

import (
	"bufio"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"hotspot-helper/internal/confine"
	"hotspot-helper/internal/file"
)

// maxInterpreter is the size in bytes of the first line of a script that the kernel reads.
const maxInterpreter = 256

// checkExecutable says in words why the kernel would not execute a program.
func checkExecutable(program confine.Program) error {
	opened, err := file.Open(program.Path)
	if err != nil {
		return fmt.Errorf("use %s: %w", program.Path, file.Cause(err))
	}
	defer opened.Close()
	info, err := opened.Stat()
	if err != nil {
		return fmt.Errorf("use %s: %w", program.Path, err)
	}
	if info.Mode()&0o111 == 0 {
		return fmt.Errorf("use %s: it is not executable: mode is %04o", program.Path, info.Mode().Perm())
	}
	begin, _ := bufio.NewReaderSize(opened, maxInterpreter).Peek(maxInterpreter) // less if the file is shorter
	if strings.HasPrefix(string(begin), "\x7fELF") {
		return nil
	}
	line, _, _ := strings.Cut(string(begin), "\n")
	line, isScript := strings.CutPrefix(line, "#!")
	if !isScript {
		return fmt.Errorf("use %s: it is neither a program nor a script, whose first line is #! and the path of an interpreter", program.Path)
	}
	interpreter, _, _ := strings.Cut(strings.TrimLeft(line, " \t"), " ")
	if err := checkInterpreter(interpreter, program.Unconfined); err != nil {
		return fmt.Errorf("use %s: its first line names the interpreter %q: %w", program.Path, cut(interpreter, maxReason), err)
	}
	return nil
}

// checkInterpreter refuses a file that a helper may not execute.
func checkInterpreter(path string, isUnconfined bool) error {
	if !filepath.IsAbs(path) {
		return errors.New("want a whole path")
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return file.Cause(err)
	}
	if !isUnconfined && !confine.IsSystem(resolved) {
		return errors.New("a helper may execute only what is in directories of the system, such as /usr")
	}
	return nil
}
