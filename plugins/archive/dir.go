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

	"hotspot-helper/plugins/pack"
)

// Readme is the file that tells people of the pack.
const Readme = "README.md"

// known are the files of a pack by their names, beside its lists and its cases.
func known() []string {
	return []string{
		packFile, "authenticate.toml", "maintain.toml", "logoff.toml",
		Readme, "CHANGELOG.md", "COPYING", "LICENSE", "LICENSE.md", "LICENSE.txt",
	}
}

// belongs says whether a file belongs to a pack. What is not known may be anything,
// such as a capture with passwords in it, and is not to be shipped by mistake.
func belongs(file string, lists []string) bool {
	if slices.Contains(known(), file) || slices.Contains(lists, file) {
		return true
	}
	const cases = "tests/"
	rest, ok := strings.CutPrefix(file, cases)
	single := !strings.Contains(rest, "/") && (strings.HasSuffix(rest, ".toml") || strings.HasSuffix(rest, ".trace"))
	return ok && (single || strings.HasPrefix(rest, "pages/"))
}

// Read reads the pack in a subdirectory, as [pack.Load] does. Hidden files are
// left out. The error is all that keeps it from being an archive; whether the pack
// itself is right is not looked at.
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
		errs = append(errs, a.add(dir, file, entry, lists))
		hidden := strings.HasPrefix(entry.Name(), ".")
		if hidden && entry.IsDir() && file != name {
			return fs.SkipDir
		}
		return nil
	})
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, fmt.Errorf("read pack %s: %w", name, err)
	}
	if err := a.settle(); err != nil {
		return nil, fmt.Errorf("read pack %s: %w", name, err)
	}
	return a, nil
}

// listsOf are the files with lists that the pack's claims name.
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

// add reads one file of the directory, if it is one.
func (a *Archive) add(dir fs.FS, file string, entry fs.DirEntry, lists []string) error {
	below := strings.TrimPrefix(strings.TrimPrefix(file, a.Name), "/")
	if below == "" || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
		return nil
	}
	info, err := entry.Info()
	if err != nil {
		return err
	}
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("%q: no regular file: a pack has no links", below)
	case !belongs(below, lists):
		return fmt.Errorf("%q: no file of a pack: remove it, or let its name begin with a dot to leave it out", below)
	case len(a.files) == maxFiles:
		return fmt.Errorf("%q: more than %d files", below, maxFiles)
	}
	if err := checkFile(below, info.Size()); err != nil {
		return err
	}
	a.files[below], err = fs.ReadFile(dir, file)
	return err
}

// Unpack writes the files below a directory that is not there yet, and has them on the
// disk before it returns.
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
	// The names are checked; a root holds also where the check should err.
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, below := range a.directories() {
		// Whoever may read the directory may read the pack, whatever the mask of the user's shell is.
		if err := errors.Join(root.MkdirAll(below, dirMode), root.Chmod(below, dirMode)); err != nil {
			return err
		}
	}
	for _, file := range a.Files() {
		if err := write(root, file, a.files[file]); err != nil {
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

// directories lists the pack's directory and all below it, each behind its parent.
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

func write(root *os.Root, name string, content []byte) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Chmod(fileMode), file.Sync(), file.Close())
}

func syncDir(dir string) error {
	file, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = file.Sync()
	if errors.Is(err, syscall.EINVAL) { // some file systems cannot do it with a directory
		err = nil
	}
	return errors.Join(err, file.Close())
}
