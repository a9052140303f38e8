package trust

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/statefile"
	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/pack"
)

// Copies are copies of the signed packs in use. If an update waits for the user's answer, the copy
// of the version before is used, also after a restart.
type Copies struct {
	Dir string // that only its owner can access
}

const (
	maxCopies = 64       // of packs
	maxCopy   = 16 << 20 // bytes of a pack as an archive
)

// ErrCopyLimit is the cause if a pack is too large to be copied, or if there are too many copies.
var ErrCopyLimit = errors.New("there is no copy of it: an update that wants more leaves it out until you accept")

// FS returns the copies of installed packs as a directory of packs. It refuses what others than its
// owner could access.
func (c Copies) FS(isInstalled func(name string) bool) fs.FS {
	return copiesFS{file.Dir{Path: c.Dir, Check: checkPrivate}, isInstalled}
}

// copiesFS has nothing of packs that are not installed.
type copiesFS struct {
	file.Dir

	isInstalled func(name string) bool
}

func (c copiesFS) Open(name string) (fs.File, error) {
	if top, _, _ := strings.Cut(name, "/"); name != "." && !c.isInstalled(top) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return c.Dir.Open(name)
}

// checkPrivate returns why a file does not count as one that only its owner can access. Root may
// read those of any owner.
func checkPrivate(info fs.FileInfo) error {
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return &statefile.ModeError{Path: info.Name(), Mode: mode}
	}
	if os.Geteuid() == 0 {
		return nil
	}
	return file.CheckOwner(info)
}

// Names returns the names of the packs that have a copy.
func (c Copies) Names() ([]string, error) {
	entries, err := os.ReadDir(c.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read copies of packs: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), stagingPrefix) {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// Keep copies the pack in a subdirectory in place of an older copy. The check returns why a copy
// must not be used: it gets the copy, because the pack may have changed since it was loaded.
func (c Copies) Keep(from fs.FS, name string, check func(dir fs.FS) error) error {
	if err := c.keep(from, name, check); err != nil {
		return fmt.Errorf("copy pack %s: %w", name, err)
	}
	return nil
}

func (c Copies) keep(from fs.FS, name string, check func(dir fs.FS) error) error {
	if err := pack.CheckName(name); err != nil { // it becomes a path
		return err
	}
	signature, err := file.ReadFS(from, path.Join(name, signatureFile), maxSignature)
	if err != nil || c.has(name, signature) {
		return err
	}
	a, err := archive.Read(from, name)
	if err != nil {
		return err
	}
	if a.Size() > maxCopy {
		return fmt.Errorf("it has more than %d bytes: %w", maxCopy, ErrCopyLimit)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	return Place{Dir: c.Dir}.locked(func(staging string) error {
		if err := c.checkNumber(name); err != nil {
			return err
		}
		if err := stagePrivate(a, signature, filepath.Join(staging, name)); err != nil {
			return err
		}
		if err := check(file.Dir{Path: staging}); err != nil {
			return err
		}
		return swap(filepath.Join(staging, name), filepath.Join(c.Dir, name))
	})
}

// has reports whether there is an unchanged copy with the same signature.
func (c Copies) has(name string, signature []byte) bool {
	dir := file.Dir{Path: c.Dir, Check: checkPrivate}
	kept, err := file.ReadFS(dir, path.Join(name, signatureFile), maxSignature)
	if err != nil || !bytes.Equal(kept, signature) {
		return false
	}
	_, err = Signer(dir, name)
	return err == nil
}

// checkNumber refuses one more copy than there may be.
func (c Copies) checkNumber(name string) error {
	names, err := c.Names()
	others := 0
	for _, other := range names {
		if other != name {
			others++
		}
	}
	if others >= maxCopies {
		return fmt.Errorf("there are %d copies of others: %w", others, ErrCopyLimit)
	}
	return err
}

// stagePrivate unpacks an archive and its signature for its owner alone.
func stagePrivate(a *archive.Archive, signature []byte, dir string) error {
	if err := a.Unpack(dir); err != nil {
		return err
	}
	if err := renameio.WriteFile(filepath.Join(dir, signatureFile), signature, 0o600); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		mode := fs.FileMode(0o600)
		if err == nil && entry.IsDir() {
			mode = 0o700
		}
		return errors.Join(err, os.Chmod(name, mode))
	})
}

// Remove removes the copy of a pack.
func (c Copies) Remove(name string) error {
	err := Place{Dir: c.Dir}.locked(func(staging string) error {
		return os.Rename(filepath.Join(c.Dir, name), filepath.Join(staging, name))
	})
	if err != nil {
		return fmt.Errorf("remove copy of pack %s: %w", name, err)
	}
	return nil
}
