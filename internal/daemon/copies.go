package daemon

import (
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"hotspot-helper/configs"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/trust"
)

// copies are the copies of signed packs in use; false without a state directory.
func (e Env) copies() (trust.Copies, bool) {
	dir := e.statePath("pack-copies")
	return trust.Copies{Dir: dir}, dir != ""
}

// withCopies adds the place of the copies behind the built-in packs: each installed pack takes
// precedence over its copy, unless it is refused. Nobody but the agent changes it, so it is not watched.
func (e Env) withCopies(config configs.Config, places []pack.Place) []pack.Place {
	copies, ok := e.copies()
	if !ok {
		return places
	}
	ring := e.knownPacks()
	for _, dir := range e.PackDirs(config) {
		ring.Files = append(ring.Files, keysOf(dir))
	}
	from := copies.FS(func(name string) bool { return e.isInstalled(config, name) })
	return slices.Insert(places, 1, pack.Place{
		Origin: copies.Dir, FS: from, Optional: true,
		Check: func(c pack.Candidate) (maker.Maker, error) {
			return ring.CheckCopy(from, c.Name, e.Reserved(config, c.Name))
		},
		Reserved: func(string) bool { return true }, // each is checked before it is used
	})
}

// isInstalled reports whether a directory of packs has one of the name, usable or not.
func (e Env) isInstalled(config configs.Config, name string) bool {
	return fs.ValidPath(name) && slices.ContainsFunc(e.PackDirs(config), func(dir string) bool {
		_, err := os.Lstat(filepath.Join(dir, name, "pack.toml"))
		return err == nil
	})
}

// keysOf is the file of the keys of a directory of packs.
func keysOf(dir string) string { return filepath.Join(filepath.Dir(dir), keysFile) }

// keepCopies copies the signed packs in use, and removes the copies of packs that are not installed
// any more, or that are the user's own by now.
func (r *Runtime) keepCopies(e Env, logger *slog.Logger) {
	copies, ok := e.copies()
	if !ok {
		return
	}
	installed := map[string]*pack.Pack{}
	for _, p := range r.packs.Packs() {
		if p.Origin != BuiltinOrigin && p.Origin != copies.Dir {
			installed[p.Name()] = p
		}
	}
	isSigned := func(p *pack.Pack) bool { return trust.IsSigned(e.packDir(p.Origin), p.Name()) }
	names, err := copies.Names()
	for _, name := range names {
		if p := installed[name]; !e.isInstalled(r.Config, name) || p != nil && !isSigned(p) {
			err = errors.Join(err, copies.Remove(name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(installed)) {
		if p := installed[name]; isSigned(p) && p.Maker().IsKey() {
			err = errors.Join(err, e.keepCopy(r.Config, copies, p))
		}
	}
	if err != nil {
		logger.Warn("cannot keep copies of signed packs", "error", err)
	}
}

// keepCopy copies a pack. What must not be used is not copied, and the library has said so.
func (e Env) keepCopy(config configs.Config, copies trust.Copies, p *pack.Pack) error {
	ring, isRefused := e.knownPacks(), false
	err := copies.Keep(e.packDir(p.Origin), p.Name(), func(dir fs.FS) error {
		_, err := pack.LoadChecked(dir, p.Name(), "", func(c pack.Candidate) (maker.Maker, error) {
			return ring.Check(dir, keysOf(p.Origin), c, e.Reserved(config, c.Name))
		})
		isRefused = err != nil
		return err
	})
	if isRefused {
		return nil
	}
	return err
}

// logCopies logs which packs are used in their version before, because the installed one is refused.
func (r *Runtime) logCopies(e Env, logger *slog.Logger) {
	copies, _ := e.copies()
	for _, entry := range r.Settings.Registry.Entries() {
		if p, ok := entry.Helper.(*pack.Pack); ok && p.Origin == copies.Dir {
			logger.Warn("pack stays at the version before", "pack", p.Name(), "version", p.Version)
		}
	}
}
