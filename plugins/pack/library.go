package pack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"hotspot-helper/claims"
	"hotspot-helper/internal/maker"
	"hotspot-helper/portal"
)

// Place is a directory of packs.
type Place struct {
	Origin   string // its name in messages
	FS       fs.FS
	Optional bool // may be missing

	// Check returns who made a pack, or why it must not be used although its files are right;
	// nil accepts all, and no maker is known. It is called when the pack's flows are compiled.
	Check func(Candidate) (maker.Maker, error)
	// Bind returns the claims of a pack that count, made of those in its file; nil: all of them.
	Bind func(name string, specs []claims.Spec) ([]claims.Spec, error)
	// BeforeUse is asked before a pack uses a page of the portal; nil: nobody is. See [Pack.BeforeUse].
	BeforeUse func(ctx context.Context, name string, use portal.Use) error
	// Reserved reports names of helpers that are not packs: a pack of such a name is checked
	// before it is used; nil: none.
	Reserved func(name string) bool
}

// Candidate is a pack that a place has, to be checked.
type Candidate struct {
	Name    string
	Demands Demands
	Before  *Pack // that it replaces in a running program; nil: none
}

// Library holds the packs of several places. It keeps what it read, so that a change costs
// only the packs concerned. It is not safe for concurrent use.
type Library struct {
	dirs []*dir
}

// dir is a place and the packs read from it.
type dir struct {
	Place
	packs   map[string]*Pack
	refused map[string]string // by name: the mistakes of a pack that is left out or left as it was
}

// ChangeKind says how a pack changed.
type ChangeKind uint8

// The kinds of change.
const (
	Added   ChangeKind = iota + 1
	Changed            // another pack of the same name in the same place
	Removed
	Refused // it has mistakes: left out, or left as it was
)

var changeNames = [...]string{"unknown", "added", "changed", "removed", "refused"}

// String returns the word for logs.
func (k ChangeKind) String() string {
	if int(k) < len(changeNames) {
		return changeNames[k]
	}
	return fmt.Sprintf("unknown(%d)", uint8(k))
}

// Change is the change of one pack.
type Change struct {
	Kind    ChangeKind
	Name    string
	Origin  string // of the place
	Version string // of the pack in use now; empty: none
	Growth  Growth // of a changed pack: what it wants beyond the one before
	Err     error  // all mistakes of a refused pack
}

// NewLibrary reads the packs of all places. Flows are compiled at first use. The error joins
// the mistakes of the packs that are left out.
func NewLibrary(places []Place) (*Library, error) {
	l := &Library{}
	var errs []error
	for _, place := range places {
		d := newDir(place)
		l.dirs = append(l.dirs, d)
		names, err := d.names()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		packs, wrong := d.read(names)
		for i, pack := range packs {
			err := wrong[i]
			if pack != nil && (l.shadows(d, pack.name) || d.Reserved != nil && d.Reserved(pack.name)) {
				_, err = pack.Flows() // a broken pack must not replace one that works
			}
			switch {
			case err != nil:
				d.refused[names[i]] = err.Error()
				errs = append(errs, err)
			case pack != nil:
				d.packs[names[i]] = pack
			}
		}
	}
	return l, errors.Join(errs...)
}

func newDir(place Place) *dir {
	return &dir{Place: place, packs: map[string]*Pack{}, refused: map[string]string{}}
}

// shadows reports whether an earlier place has a pack of that name.
func (l *Library) shadows(d *dir, name string) bool {
	for _, earlier := range l.dirs {
		if earlier == d {
			return false
		}
		if _, ok := earlier.packs[name]; ok {
			return true
		}
	}
	return false
}

// Packs returns all packs in the order of their places. The last one of a name counts.
func (l *Library) Packs() []*Pack {
	var all []*Pack
	for _, d := range l.dirs {
		for _, name := range slices.Sorted(maps.Keys(d.packs)) {
			all = append(all, d.packs[name])
		}
	}
	return all
}

// Check compiles the flows of all packs and leaves out those with mistakes.
func (l *Library) Check() error {
	var errs []error
	for _, d := range l.dirs {
		for _, name := range slices.Sorted(maps.Keys(d.packs)) {
			if _, err := d.packs[name].Flows(); err != nil {
				delete(d.packs, name)
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// names returns the subdirectories, which may be packs.
func (d *dir) names() ([]string, error) {
	names, err := packNames(d.FS)
	switch {
	case err == nil:
		return names, nil
	case d.Optional && errors.Is(err, fs.ErrNotExist):
		return nil, nil
	}
	return nil, fmt.Errorf("read packs in %s: %w", d.Origin, err)
}

// read reads packs, to be checked at their first use.
func (d *dir) read(names []string) ([]*Pack, []error) {
	packs, errs := readPacks(d.FS, d.Origin, names, d.Bind)
	check := d.Check
	for i, pack := range packs {
		if pack != nil && d.BeforeUse != nil {
			pack.BeforeUse = func(ctx context.Context, use portal.Use) error { return d.BeforeUse(ctx, names[i], use) }
		}
		if pack != nil && check != nil {
			before := d.packs[names[i]]
			pack.files.check = func(flows Flows) (maker.Maker, error) {
				return check(Candidate{names[i], flows.Demands(), before})
			}
		}
	}
	return packs, errs
}

// WithPlaces returns a library of other places, and what changed. It keeps what is known of
// places that stay, and reads all again like [Library.Reread].
func (l *Library) WithPlaces(places []Place) (*Library, []Change) {
	moved := &Library{}
	var changes []Change
	for _, place := range places {
		d := newDir(place)
		if known := l.dir(place.Origin); known != nil {
			d.packs, d.refused = maps.Clone(known.packs), maps.Clone(known.refused)
		}
		moved.dirs = append(moved.dirs, d)
	}
	for _, d := range l.dirs {
		if moved.dir(d.Origin) == nil {
			for _, name := range slices.Sorted(maps.Keys(d.packs)) {
				changes = append(changes, Change{Kind: Removed, Name: name, Origin: d.Origin})
			}
		}
	}
	for _, place := range places {
		changes = append(changes, moved.Reread(place.Origin)...)
	}
	return moved, changes
}

func (l *Library) dir(origin string) *dir {
	i := slices.IndexFunc(l.dirs, func(d *dir) bool { return d.Origin == origin })
	if i < 0 {
		return nil
	}
	return l.dirs[i]
}

// Reread reads packs of a place again, or all if none is named. A pack with mistakes, or one
// that is not complete yet, is refused, and the previous one stays. Each mistake is reported
// once.
func (l *Library) Reread(origin string, names ...string) []Change {
	d := l.dir(origin)
	if d == nil {
		return nil
	}
	if len(names) == 0 {
		present, err := d.names()
		if err != nil {
			return d.refuse("", err)
		}
		delete(d.refused, "")
		names = slices.Concat(present, slices.Collect(maps.Keys(d.packs)), slices.Collect(maps.Keys(d.refused)))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	names = slices.DeleteFunc(names, func(name string) bool { return !fs.ValidPath(name) || name == "." })
	packs, errs := d.read(names)
	var changes []Change
	for i, name := range names {
		changes = append(changes, d.replace(name, packs[i], errs[i])...)
	}
	return changes
}

// replace puts a pack that was read again into use if it has no mistake.
func (d *dir) replace(name string, pack *Pack, err error) []Change {
	old := d.packs[name]
	if pack != nil && old != nil && pack.digest == old.digest && !old.files.rejected.Load() {
		delete(d.refused, name)
		return nil
	}
	if pack != nil {
		_, err = pack.Flows()
	}
	if err != nil {
		return d.refuse(name, err)
	}
	delete(d.refused, name)
	change := Change{Name: name, Origin: d.Origin}
	switch {
	case pack == nil && old == nil:
		return nil
	case pack == nil:
		delete(d.packs, name)
		change.Kind = Removed
		return []Change{change}
	case old == nil:
		change.Kind = Added
	default:
		change.Kind, change.Growth = Changed, growth(old, pack)
	}
	d.packs[name], change.Version = pack, pack.Version
	return []Change{change}
}

// refuse reports the mistakes of a pack, unless it did before.
func (d *dir) refuse(name string, err error) []Change {
	if d.refused[name] == err.Error() {
		return nil
	}
	d.refused[name] = err.Error()
	change := Change{Kind: Refused, Name: name, Origin: d.Origin, Err: err}
	if old := d.packs[name]; old != nil {
		change.Version = old.Version
	}
	return []Change{change}
}

// growth returns what a pack wants beyond the one that it replaces. Nothing is known of one
// whose flows do not compile.
func growth(before, now *Pack) Growth {
	old, err := before.Flows()
	if err != nil {
		return Growth{}
	}
	flows, err := now.Flows()
	if err != nil {
		return Growth{}
	}
	return flows.Demands().Beyond(old.Demands())
}
