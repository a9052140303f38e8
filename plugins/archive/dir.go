package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"hotspot-helper/internal/file"
	"hotspot-helper/plugins/pack"
)

// Readme is the file that describes the helper to people.
const Readme = "README.md"

// texts returns the names of the files for people.
func texts() []string {
	return []string{Readme, "CHANGELOG.md", "COPYING", "LICENSE", "LICENSE.md", "LICENSE.txt"}
}

// casesDir is the directory of the recorded cases.
const casesDir = "tests/"

// isOfCases reports whether a file belongs to the recorded cases.
func isOfCases(path string) bool {
	rest, ok := strings.CutPrefix(path, casesDir)
	single := !strings.Contains(rest, "/") && (strings.HasSuffix(rest, ".toml") || strings.HasSuffix(rest, ".trace"))
	return ok && (single || strings.HasPrefix(rest, "pages/"))
}

// belongs reports whether a file belongs to a pack. An unknown file could be anything, such as a
// capture with passwords, and must not be shipped by mistake.
func belongs(file string, lists []string) bool {
	flows := []string{packFile, "authenticate.toml", "maintain.toml", "logoff.toml"}
	return slices.Contains(slices.Concat(flows, texts(), lists), file) || isOfCases(file)
}

// Read reads the pack in a subdirectory, without hidden files. The error joins all that keeps
// it from being an archive. It does not check the pack itself; [pack.Load] does.
func Read(dir fs.FS, name string) (*Archive, error) {
	a := &Archive{Name: name, files: map[string][]byte{}}
	lists, err := listsOf(dir, name)
	if err != nil {
		return nil, fmt.Errorf("read pack %s: %w", name, err)
	}
	var errs []error
	err = fs.WalkDir(dir, name, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below := strings.TrimPrefix(strings.TrimPrefix(file, name), "/")
		errs = append(errs, a.add(dir, file, below, entry, func(path string) bool { return belongs(path, lists) }))
		hidden := strings.HasPrefix(entry.Name(), ".")
		if hidden && entry.IsDir() && file != name {
			return fs.SkipDir
		}
		return nil
	})
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, fmt.Errorf("read pack %s: %w", name, err)
	}
	if err := a.complete(); err != nil {
		return nil, fmt.Errorf("read pack %s: %w", name, err)
	}
	return a, nil
}

// listsOf returns the list files that the pack's claims name.
func listsOf(dir fs.FS, name string) ([]string, error) {
	specs, err := pack.ReadClaims(dir, name)
	if err != nil {
		return nil, err
	}
	var lists []string
	for _, spec := range specs {
		lists = append(lists, spec.SSIDFile, spec.BSSIDFile)
	}
	return lists, nil
}

// add reads one entry of the directory, if it is a file: it must belong to the helper.
func (a *Archive) add(dir fs.FS, name, below string, entry fs.DirEntry, belongs func(path string) bool) error {
	if below == "" || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
		return nil
	}
	info, err := entry.Info()
	if err != nil {
		return err
	}
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("%q: not a regular file: there are no links in an archive", below)
	case !belongs(below):
		return fmt.Errorf("%q: not a file of a pack: remove it, or begin its name with a dot to leave it out", below)
	case len(a.files) == maxFiles:
		return fmt.Errorf("%q: more than %d files", below, maxFiles)
	}
	if err := checkFile(below, info.Size()); err != nil {
		return err
	}
	a.files[below], err = file.ReadFS(dir, name, int(info.Size()))
	return err
}

// Unpack creates a directory and writes the files into it. They are synced to the disk when it
// returns.
func (a *Archive) Unpack(dir string) error {
	if err := a.unpack(dir); err != nil {
		return fmt.Errorf("unpack %s: %w", a.File(), err)
	}
	return nil
}

func (a *Archive) unpack(dir string) error {
	if err := os.Mkdir(dir, dirMode); err != nil {
		return err
	}
	// The names were checked; the root holds even if that check has a fault.
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, below := range a.directories() {
		// All who may read the directory may read the pack, regardless of the umask.
		if err := errors.Join(root.MkdirAll(below, dirMode), root.Chmod(below, dirMode)); err != nil {
			return err
		}
	}
	for _, file := range a.Files() {
		if err := write(root, file, a.files[file], a.modeOf(file)); err != nil {
			return err
		}
	}
	for _, below := range append(a.directories(), "..") {
		if err := syncDir(filepath.Join(dir, below)); err != nil {
			return err
		}
	}
	return nil
}

// directories returns the helper's directory and all below it, each after its parent.
func (a *Archive) directories() []string {
	dirs := []string{"."}
	for _, file := range a.Files() {
		for parent := path.Dir(file); parent != "."; parent = path.Dir(parent) {
			dirs = append(dirs, parent)
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

func write(root *os.Root, name string, content []byte, mode fs.FileMode) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
}

func syncDir(dir string) error {
	file, err := os.Open(dir) //permit:os.Open
	if err != nil {
		return err
	}
	err = file.Sync()
	if errors.Is(err, syscall.EINVAL) { // some file systems cannot sync a directory
		err = nil
	}
	return errors.Join(err, file.Close())
}
