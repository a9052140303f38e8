package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"hotspot-helper/internal/file"
	"hotspot-helper/plugins/live"
)

// ReadProgram reads the live helper that NAME.toml in a directory registers: that file, the programs that it names for
// any architecture, its cases and texts for people. Other files are left out, since the program could not read
// them either. Described is what the program says of itself.
func ReadProgram(dir fs.FS, name string, described []byte) (*Archive, error) {
	a := &Archive{Name: name, files: map[string][]byte{}}
	if err := a.readProgram(dir, described); err != nil {
		return nil, fmt.Errorf("read live helper %s: %w", name, err)
	}
	return a, nil
}

func (a *Archive) readProgram(dir fs.FS, described []byte) error {
	registration, err := file.ReadFS(dir, live.Registration(a.Name), maxText)
	if err != nil {
		return err
	}
	program, err := live.ReadShipped(a.Name, registration, described)
	if err != nil {
		return err
	}
	a.files[live.DescribedFile] = described
	var errs []error
	err = fs.WalkDir(dir, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir(), path == live.DescribedFile, !belongsTo(program, path) && !strings.HasPrefix(path, casesDir):
			return nil
		}
		errs = append(errs, a.add(dir, path, path, entry, func(path string) bool { return belongsTo(program, path) }))
		return nil
	})
	if err := errors.Join(append(errs, err)...); err != nil {
		return err
	}
	return a.complete()
}

// belongsTo reports whether a file belongs to a live helper.
func belongsTo(program *live.Shipped, path string) bool {
	return path == live.Registration(program.Name) || path == live.DescribedFile || slices.Contains(texts(), path) || isOfCases(path) ||
		slices.ContainsFunc(live.Architectures(), func(arch string) bool { return slices.Contains(program.Files(arch), path) })
}

// completeProgram checks the files of a live helper together, and reads its version.
func (a *Archive) completeProgram() error {
	described, ok := a.files[live.DescribedFile]
	if !ok {
		return errors.New("there is no " + live.DescribedFile)
	}
	program, err := live.ReadShipped(a.Name, a.files[live.Registration(a.Name)], described)
	if err != nil {
		return err
	}
	a.Program, a.Version = program, program.Version()
	if err := checkPrograms(program); err != nil {
		return err
	}
	if a.architectures, err = program.Architectures(a.files); err != nil {
		return err
	}
	for _, path := range a.Files() {
		if !a.isFor(path, a.architectures) {
			return fmt.Errorf("%q: not a file of a live helper", path)
		}
	}
	return nil
}

// checkPrograms refuses programs in the place of other files.
func checkPrograms(program *live.Shipped) error {
	for _, arch := range live.Architectures() {
		for _, path := range program.Files(arch) {
			if path == live.Registration(program.Name) || path == live.DescribedFile || slices.Contains(texts(), path) || strings.HasPrefix(path, casesDir) {
				return fmt.Errorf("%q: not a file of a program", path)
			}
		}
	}
	return nil
}

// isFor reports whether a file belongs to a live helper on one of several architectures.
func (a *Archive) isFor(path string, architectures []string) bool {
	isProgram := func(arch string) bool { return slices.Contains(a.Program.Files(arch), path) }
	if slices.ContainsFunc(architectures, isProgram) {
		return true
	}
	return belongsTo(a.Program, path) && !slices.ContainsFunc(live.Architectures(), isProgram)
}

// Architectures are those that the programs in the archive are for; none if it is of a pack.
func (a *Archive) Architectures() []string { return slices.Clone(a.architectures) }

// ErrArchitecture is the cause if an archive has no program for an architecture.
var ErrArchitecture = errors.New("no program for this architecture")

// For returns what is unpacked on an architecture: of the programs those that are for it.
func (a *Archive) For(arch string) (*Archive, error) {
	if a.Program == nil {
		return a, nil
	}
	if !slices.Contains(a.architectures, arch) {
		return nil, fmt.Errorf("%w: it has programs for %s, and this is %s", ErrArchitecture, strings.Join(a.architectures, ", "), arch)
	}
	own := *a
	own.files, own.architectures = map[string][]byte{}, []string{arch}
	for path, content := range a.files {
		if a.isFor(path, own.architectures) {
			own.files[path] = content
		}
	}
	return &own, nil
}

// ProgramDigest is the SHA-256 digest of the program for an architecture, in hexadecimal digits.
func (a *Archive) ProgramDigest(arch string) string {
	return live.Digest(a.files[a.Program.Program(arch)])
}

// modeOf returns the mode of an unpacked file: only a program is executable.
func (a *Archive) modeOf(path string) fs.FileMode {
	if a.Program != nil && slices.ContainsFunc(a.architectures, func(arch string) bool { return path == a.Program.Program(arch) }) {
		return programMode
	}
	return fileMode
}
