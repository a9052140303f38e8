package trust

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins/pack"
)

// Accepted is what the user knows of a pack of one maker.
type Accepted struct {
	Pack  string      `json:"pack"`
	Maker maker.Maker `json:"maker"`
	Time  time.Time   `json:"time"`
	// Replaces says that the user lets it take the place of a helper that comes with the program.
	Replaces bool         `json:"replaces,omitempty"`
	Demands  pack.Demands `json:"demands"`
	// Program identifies the files of a signed live helper as they were installed; empty: it is none.
	Program maker.Maker `json:"program,omitempty"`
}

// accept replaces what was known of the same pack and maker. What may take a place keeps it. A program that is its
// own maker replaces the one before.
func (f *keysFile) accept(a Accepted) {
	if old := f.accepted(a.Pack, a.Maker); old != nil {
		a.Replaces = a.Replaces || old.Replaces
	}
	f.Accepted = slices.DeleteFunc(f.Accepted, func(old Accepted) bool {
		return old.Pack == a.Pack && (old.Maker == a.Maker || old.Maker.IsLive() && a.Maker.IsLive())
	})
	f.Accepted = append(f.Accepted, a)
	slices.SortFunc(f.Accepted, func(a, b Accepted) int {
		return cmp.Or(cmp.Compare(a.Pack, b.Pack), cmp.Compare(a.Maker, b.Maker))
	})
}

func (f *keysFile) accepted(name string, m maker.Maker) *Accepted {
	i := slices.IndexFunc(f.Accepted, func(a Accepted) bool { return a.Pack == name && a.Maker == m })
	if i < 0 {
		return nil
	}
	return &f.Accepted[i]
}

// ReplacesError is the cause if a pack has the name of a helper that comes with the program.
type ReplacesError struct {
	Pack  string
	Maker maker.Maker // of the pack
}

// Error names the maker.
func (e *ReplacesError) Error() string {
	by := "it has no signature"
	if e.Maker.IsKey() {
		by = "it is signed by " + string(e.Maker)
	}
	return fmt.Sprintf("%s is the name of a helper that comes with the program, and you have not agreed that another one takes its place: %s", e.Pack, by)
}

// GrowthError is the cause if an update wants more than the user knows of.
type GrowthError struct {
	Pack   string
	Growth pack.Growth
}

// Error lists what it wants.
func (e *GrowthError) Error() string {
	return "it wants more than the version before: " + e.Growth.String()
}

// KnownPacks is what is remembered of packs in all places.
type KnownPacks struct {
	Files []string // of the keys; a missing one is empty
	Write string   // among them: for what is remembered of packs that nobody installed by a command; empty: nothing
}

// MakerOf returns who made the pack in a subdirectory: its signer, else the user.
func MakerOf(dir fs.FS, name string) (maker.Maker, error) {
	mark, err := Signer(dir, name)
	switch {
	case err != nil:
		return "", err
	case mark.Key == nil:
		return maker.User, nil
	}
	return maker.Maker(mark.Key.String()), nil
}

// Check returns who made a pack, or why it must not be used: it was changed after it was
// signed, another key is remembered for its name, it has a reserved name without the
// user's consent, or it wants more than before. Keys is the file of the place of the directory.
func (r KnownPacks) Check(dir fs.FS, keys string, c pack.Candidate, reserved bool) (maker.Maker, error) {
	m, err := MakerOf(dir, c.Name)
	if err != nil {
		return "", err
	}
	all, err := r.read(keys)
	if err != nil {
		return "", err
	}
	if err := all.check(m, c, reserved); err != nil {
		return "", fmt.Errorf("pack %s: %w", c.Name, err)
	}
	if m.IsKey() && all.accepted(c.Name, m) == nil && r.Write != "" {
		// What cannot be remembered is decided again the next time.
		_ = updateKeys(r.Write, 0o600, func(content *keysFile) {
			content.accept(Accepted{Pack: c.Name, Maker: m, Time: time.Now().UTC().Truncate(time.Second), Demands: c.Demands})
		})
	}
	return m, nil
}

// CheckCopy returns who made a copy that [Copies.Keep] made, or why it must not be used. What it wants was
// accepted when it was made.
func (r KnownPacks) CheckCopy(dir fs.FS, name string, reserved bool) (maker.Maker, error) {
	m, err := MakerOf(dir, name)
	if err != nil {
		return "", err
	}
	all, err := r.read("")
	if err != nil {
		return "", err
	}
	known := all.accepted(name, m)
	if !m.IsKey() || known == nil {
		return "", fmt.Errorf("pack %s: %w", name, errNeverAccepted)
	}
	if err := all.check(m, pack.Candidate{Name: name, Demands: known.Demands}, reserved); err != nil {
		return "", fmt.Errorf("pack %s: %w", name, err)
	}
	return m, nil
}

// errNeverAccepted is the cause if a copy is none of what was in use.
var errNeverAccepted = errors.New("it is not signed by a maker whose pack was in use")

// read joins the files, that of one place first: its key of a pack counts.
func (r KnownPacks) read(first string) (keysFile, error) {
	var all keysFile
	files := slices.DeleteFunc(slices.Clone(r.Files), func(file string) bool { return file == first })
	if first != "" {
		files = append([]string{first}, files...)
	}
	for _, file := range files {
		content, err := readKeys(file)
		if err != nil {
			return keysFile{}, err
		}
		all.Keys = append(all.Keys, content.Keys...)
		for _, a := range content.Accepted {
			if known := all.accepted(a.Pack, a.Maker); known == nil || a.Time.After(known.Time) {
				all.accept(a)
			} else {
				known.Replaces = known.Replaces || a.Replaces
			}
		}
	}
	return all, nil
}

// Known returns the remembered key of a pack in any place; empty: none.
func (r KnownPacks) Known(name string) (maker.Maker, error) {
	all, err := r.read("")
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(all.Keys, func(k Known) bool { return k.Pack == name }); i >= 0 {
		return maker.Maker(all.Keys[i].Key), nil
	}
	return "", nil
}

// errOtherKey is the cause if another key is remembered for the name of a pack.
var errOtherKey = errors.New("it is signed by another key than the one that is remembered for its name")

// checkMaker returns why a helper of a maker must not have its name.
func (f *keysFile) checkMaker(m maker.Maker, name string, reserved bool) error {
	i := slices.IndexFunc(f.Keys, func(k Known) bool { return k.Pack == name })
	if m.IsKey() && i >= 0 && f.Keys[i].Key != string(m) {
		return fmt.Errorf("%w: %s, not %s", errOtherKey, m, f.Keys[i].Key)
	}
	if reserved && !f.mayReplace(name, m) {
		return &ReplacesError{name, m}
	}
	return nil
}

func (f *keysFile) check(m maker.Maker, c pack.Candidate, reserved bool) error {
	if err := f.checkMaker(m, c.Name, reserved); err != nil {
		return err
	}
	if !m.IsKey() {
		return nil // the user changes packs of the user's own
	}
	if growth := f.growth(c.Name, m, c.Demands, demandsOf(c.Before)); !growth.None() {
		return &GrowthError{c.Name, growth}
	}
	return nil
}

// mayReplace reports whether the user lets a pack take the place of a helper that comes with
// the program.
func (f *keysFile) mayReplace(name string, m maker.Maker) bool {
	known := f.accepted(name, m)
	return known != nil && known.Replaces
}

// growth returns what a pack wants beyond what the user accepted of the same maker. If the
// user accepted nothing of this maker, it compares with the pack before, regardless of its maker:
// a new maker must not get more without a question. Before is nil if there is none.
func (f *keysFile) growth(name string, m maker.Maker, demands pack.Demands, before *pack.Demands) pack.Growth {
	if known := f.accepted(name, m); known != nil {
		return demands.Beyond(known.Demands)
	}
	if before == nil {
		return pack.Growth{}
	}
	return demands.Beyond(*before)
}

// demandsOf returns what a pack wants; nil: there is none, or it was never used.
func demandsOf(p *pack.Pack) *pack.Demands {
	if p == nil {
		return nil
	}
	flows, err := p.Flows()
	if err != nil {
		return nil
	}
	demands := flows.Demands()
	return &demands
}

// Accept records that the user knows what the pack in a place is: who made it, what it wants
// and, if its name is reserved, whose place it takes.
func (p Place) Accept(dir fs.FS, name string, reserved bool, now time.Time) (Accepted, error) {
	fail := func(err error) (Accepted, error) { return Accepted{}, fmt.Errorf("accept pack %s: %w", name, err) }
	m, err := MakerOf(dir, name)
	if err != nil {
		return fail(err)
	}
	loaded, err := pack.Load(dir, name, "")
	if err != nil {
		return fail(err)
	}
	flows, err := loaded.Flows()
	if err != nil {
		return fail(err)
	}
	accepted := Accepted{Pack: name, Maker: m, Time: now.UTC().Truncate(time.Second), Replaces: reserved, Demands: flows.Demands()}
	if err := p.remember(nil, accepted); err != nil {
		return fail(err)
	}
	return accepted, nil
}
