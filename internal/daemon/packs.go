package daemon

import (
	"errors"
	"os"
	"path/filepath"

	"hotspot-helper/configs"
	"hotspot-helper/plugins"
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
	usual := []string{"/usr/share/hotspot-helper/packs", "/usr/local/share/hotspot-helper/packs", "/etc/hotspot-helper/packs"}
	if data := e.DataDir(); data != "" {
		usual = append(usual, filepath.Join(data, "packs"))
	}
	for _, dir := range usual {
		places = append(places, pack.Place{Origin: dir, FS: os.DirFS(dir), Optional: true})
	}
	for _, dir := range config.Packs {
		places = append(places, pack.Place{Origin: dir, FS: os.DirFS(dir)})
	}
	return places
}

// packDirs are the directories among the places.
func (e Env) packDirs(config configs.Config) []string {
	var dirs []string
	for _, place := range e.packPlaces(config) {
		if place.Origin != BuiltinOrigin {
			dirs = append(dirs, place.Origin)
		}
	}
	return dirs
}

// trustedPlaces are the places of packs to log in with: a pack that was changed after its
// maker signed it is not used.
func (e Env) trustedPlaces(config configs.Config) []pack.Place {
	places := e.packPlaces(config)
	for i, place := range places {
		if place.Origin == BuiltinOrigin {
			continue
		}
		places[i].Check = func(name string) error {
			_, err := trust.Signer(place.FS, name)
			return err
		}
	}
	return places
}

// LoadLibrary reads the packs of all places, to look at them: it also reads packs that were
// changed after signing. The error lists the mistakes of the packs that are left out.
func (e Env) LoadLibrary(config configs.Config) (*pack.Library, error) {
	return pack.NewLibrary(e.packPlaces(config))
}

// NewRegistry makes the registry of all helpers: the packs and the built-in ones.
func NewRegistry(config configs.Config, library *pack.Library) *plugins.Registry {
	entries := []plugins.Entry{}
	add := func(helper plugins.Helper) {
		own := config.Helpers[helper.Name()]
		entries = append(entries, plugins.Entry{Helper: helper, Disabled: own.Disabled, Priority: own.Priority})
	}
	for _, p := range library.Packs() {
		add(p)
	}
	for _, helper := range builtins(config) {
		add(helper)
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
