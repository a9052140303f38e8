package daemon

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"

	"hotspot-helper/configs"
	"hotspot-helper/internal/file"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/plugins/trust"
)

// BuiltinOrigin is the origin of packs that come with the program.
const BuiltinOrigin = "built-in"

// packPlaces are the places of packs: those with the program, the directories of the system
// and of the user, and those of the configuration. Of two packs with the same name the later
// one counts.
func (e Env) packPlaces(config configs.Config) []pack.Place {
	places := []pack.Place{{Origin: BuiltinOrigin, FS: packs.FS()}}
	for _, data := range e.dataDirs() {
		dir := filepath.Join(data, "packs")
		places = append(places, pack.Place{Origin: dir, FS: e.packDir(dir), Optional: true})
	}
	for _, dir := range config.Packs {
		places = append(places, pack.Place{Origin: dir, FS: e.packDir(dir)})
	}
	if logins := e.Remembered(); logins.Dir != "" { // last: nobody else's pack takes the place of one
		places = append(places, pack.Place{Origin: logins.Dir, FS: e.packDir(logins.Dir), Optional: true, Bind: logins.Bind, BeforeUse: logins.BeforeUse})
	}
	return places
}

// packDir is a directory of packs. What others could have written in it is not read.
func (e Env) packDir(dir string) fs.FS {
	if e.System {
		return file.Dir{Path: dir, Check: file.CheckOwner}
	}
	return file.Dir{Path: dir, Check: file.CheckMode}
}

// dataDirs are the directories in which packs are, and the keys of their makers.
func (e Env) dataDirs() []string {
	dirs := []string{"/usr/share/hotspot-helper", cmp.Or(e.SystemData, "/usr/local/share/hotspot-helper"), "/etc/hotspot-helper"}
	if data := e.DataDir(); data != "" {
		dirs = append(dirs, data)
	}
	return dirs
}

// PackDirs are the directories among the places. A pack in a later one counts.
func (e Env) PackDirs(config configs.Config) []string {
	var dirs []string
	for _, place := range e.packPlaces(config) {
		if place.Origin != BuiltinOrigin {
			dirs = append(dirs, place.Origin)
		}
	}
	return dirs
}

// trustedPlaces are the places of packs to log in with. Not used are packs that were changed
// after their maker signed them, and those that the user has to accept first: a copy of the
// version before takes their place.
func (e Env) trustedPlaces(config configs.Config) []pack.Place {
	ring := e.knownPacks()
	ring.Write = e.statePath(keysFile)
	return e.withCopies(config, e.checkedPlaces(config, func(place pack.Place, keys string, c pack.Candidate) (maker.Maker, error) {
		return ring.Check(place.FS, keys, c, e.Reserved(config, c.Name))
	}))
}

// checkedPlaces are the places of packs with a check for those that do not come with the program.
func (e Env) checkedPlaces(config configs.Config, check func(place pack.Place, keys string, c pack.Candidate) (maker.Maker, error)) []pack.Place {
	places := e.packPlaces(config)
	for i, place := range places {
		places[i].Check = func(c pack.Candidate) (maker.Maker, error) {
			switch place.Origin {
			case BuiltinOrigin:
				return maker.Program, nil
			case e.Remembered().Dir: // it is bound to one network, by a file that only the user can write
				return maker.User, nil
			}
			return check(place, keysOf(place.Origin), c)
		}
		if place.Origin != BuiltinOrigin {
			places[i].Reserved = func(name string) bool { return e.Reserved(config, name) }
		}
	}
	return places
}

// LoadLibrary reads the packs of all places, to look at them: it also reads packs that were
// changed after signing, whose maker is not known. The error lists the mistakes of the packs
// that are left out.
func (e Env) LoadLibrary(config configs.Config) (*pack.Library, error) {
	ring := e.knownPacks()
	return pack.NewLibrary(e.checkedPlaces(config, func(place pack.Place, keys string, c pack.Candidate) (maker.Maker, error) {
		m, err := ring.Check(place.FS, keys, c, e.Reserved(config, c.Name))
		if errors.Is(err, trust.ErrChanged) {
			return "", nil
		}
		return m, err
	}))
}

// NewRegistry makes the registry of all helpers: the built-in ones, the live ones and the packs.
func NewRegistry(config configs.Config, library *pack.Library, programs []*live.Helper) *plugins.Registry {
	entries := []plugins.Entry{}
	add := func(helper plugins.Helper) {
		own := config.Helpers[helper.Name()]
		entries = append(entries, plugins.Entry{Helper: helper, Disabled: own.Disabled, Priority: own.Priority})
	}
	for _, helper := range builtins(config) {
		add(helper)
	}
	isProgram := map[string]bool{}
	for _, helper := range programs {
		isProgram[helper.Name()] = true
		add(helper)
	}
	for _, p := range library.Packs() { // after the others: one of their names was accepted
		if p.Origin != BuiltinOrigin || !isProgram[p.Name()] { // so was a program of the name of a built-in pack
			add(p)
		}
	}
	return plugins.NewRegistry(entries)
}

// brokenOf returns the mistakes in the flows of packs that the configuration has a table for.
// Other flows are compiled at their first use.
func brokenOf(config configs.Config, registry *plugins.Registry) error {
	var errs []error
	for _, entry := range registry.Entries() {
		p, isPack := entry.Helper.(*pack.Pack)
		if _, isSetUp := config.Helpers[entry.Helper.Name()]; isPack && isSetUp {
			_, err := p.Flows()
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
