package daemon

import (
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"

	"hotspot-helper/configs"
	"hotspot-helper/consent"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/plugins/trust"
)

// keysFile is the name of the files of the keys of packs.
const keysFile = "pack-keys.json"

// KeysFiles are the files of what is remembered of packs, in all places.
func (e Env) KeysFiles() []string {
	var files []string
	for _, data := range e.dataDirs() {
		files = append(files, filepath.Join(data, keysFile))
	}
	if state := e.statePath(keysFile); state != "" {
		files = append(files, state)
	}
	return files
}

func (e Env) knownPacks() trust.KnownPacks { return trust.KnownPacks{Files: e.KeysFiles()} }

// Reserved reports whether a helper of the name comes with the program.
func (e Env) Reserved(config configs.Config, name string) bool {
	if fs.ValidPath(name) {
		if _, err := fs.Stat(packs.FS(), name+"/pack.toml"); err == nil {
			return true
		}
	}
	return slices.ContainsFunc(builtins(config), func(h plugins.Helper) bool { return h.Name() == name })
}

// adopt decides to whom belongs what the user gave to a helper's name alone: secrets and
// consents that older versions stored, and the values of the configuration. It decides once,
// so that a maker who comes later gets nothing.
func (r *Runtime) adopt(e Env, logger *slog.Logger) {
	owner := func(name string) maker.Maker { return r.ownerOf(e, name) }
	given, err := e.Consents().Adopt(func(name string) (maker.Maker, []string) {
		return owner(name), r.termsOf(owner(name), name)
	})
	for _, c := range given {
		logger.Info("consent of an older version belongs to a maker now", "helper", c.Helper, "kind", string(c.Kind), "maker", string(c.Maker))
	}
	kept, noSecrets := e.Secrets().Adopt(owner)
	for _, s := range kept {
		logger.Info("secret of an older version belongs to a maker now", "helper", s.Helper, "field", s.Field, "maker", string(s.Maker))
	}
	err = errors.Join(err, noSecrets)
	for _, name := range slices.Sorted(maps.Keys(r.Config.Helpers)) {
		if len(r.Config.Helpers[name].Inputs) > 0 {
			kept, noOwner := e.configured(r.Config, maker.ID{Helper: name, Maker: owner(name)})
			err = errors.Join(err, noOwner)
			r.logOtherMaker(logger, name, kept)
		}
	}
	if err != nil {
		logger.Warn("cannot record the owners of secrets and consents: they are ignored", "error", err)
	}
}

// logOtherMaker logs that the helper in use does not get the values of the configuration.
func (r *Runtime) logOtherMaker(logger *slog.Logger, name string, owner maker.Maker) {
	helper, err := r.Settings.Registry.Helper(name)
	if err != nil || owner == "" {
		return
	}
	if used := plugins.Identity(helper).Maker; used != "" && used != owner {
		logger.Warn("inputs of the configuration are for another maker's helper", "helper", name, "for", string(owner), "used", string(used))
	}
}

// ownerOf returns whom the name of a helper belongs to: the program, if a helper of the name
// comes with it; else who made the pack or live helper in use; else whose key is remembered; else the user.
func (r *Runtime) ownerOf(e Env, name string) maker.Maker {
	if e.Reserved(r.Config, name) {
		return maker.Program
	}
	for _, p := range slices.Backward(r.packs.Packs()) {
		if p.Name() == name && p.Maker() != "" {
			return p.Maker()
		}
	}
	for _, helper := range r.live {
		if helper.Name() == name {
			return helper.Maker()
		}
	}
	if known, err := e.knownPacks().Known(name); err == nil && known != "" {
		return known
	}
	return maker.User
}

// termsOf returns the digests of the terms that a maker's helper of the name asks about.
func (r *Runtime) termsOf(m maker.Maker, name string) []string {
	digests := []string{}
	var made []plugins.Helper
	for _, helper := range r.live {
		made = append(made, helper)
	}
	for _, p := range r.packs.Packs() {
		made = append(made, p)
	}
	for _, helper := range slices.Concat(builtins(r.Config), made) {
		if plugins.Identity(helper) == (maker.ID{Helper: name, Maker: m}) {
			digests = TermsDigests(helper)
		}
	}
	return digests
}

// TermsDigests returns the digests of the terms that a helper may ask about.
func TermsDigests(helper plugins.Helper) []string {
	digests := []string{}
	if asks, ok := helper.(plugins.WithTerms); ok {
		for _, terms := range asks.Terms() {
			digests = append(digests, consent.Digest(terms))
		}
	}
	return digests
}

// configured returns to whom the values of the configuration for a helper belong: to the maker
// that it names; else to the program, for the helpers that come with it; else to the first
// maker of the name.
func (e Env) configured(config configs.Config, id maker.ID) (maker.Maker, error) {
	switch named := maker.Maker(config.Helpers[id.Helper].Maker); {
	case named != "":
		return named, nil
	case e.Reserved(config, id.Helper):
		return maker.Program, nil
	}
	return e.Secrets().Configured(id)
}
