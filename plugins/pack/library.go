package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// Place is a directory with packs in it.
type Place struct {
	Origin   string // its name for people
	FS       fs.FS
	Optional bool // it may be missing

	// Check says why a pack is not to be used that may be right otherwise; nil: each is.
	// It is asked when the pack's flows are compiled.
	Check func(name string) error
}

// Library is the packs of several places. It keeps what it read, so that a change
// costs only the packs that it touches. It is not for several goroutines at once.
type Library struct {
	shelves []*shelf
}

// shelf is what one place holds.
type shelf struct {
	Place
	packs   map[string]*Pack
	refused map[string]string // what is wrong with a pack that is left out or left as it was
}

// ChangeKind says what became of a pack.
type ChangeKind uint8

// The kinds of change.
const (
	Added   ChangeKind = iota + 1
	Changed            // another one of the same name in the same place
	Removed
	Refused // it is wrong: left out, or left as it was
)

var changeNames = [...]string{"unknown", "added", "changed", "removed", "refused"}

// String returns the word that logs use.
func (k ChangeKind) String() string {
	if int(k) < len(changeNames) {
		return changeNames[k]
	}
	return fmt.Sprintf("unknown(%d)", uint8(k))
}

// Change is one pack that is not what it was.
type Change struct {
	Kind    ChangeKind
	Name    string
	Origin  string // of the place
	Version string // of the pack that counts now; empty: none does
	Err     error  // all mistakes of a pack that is refused
}

// NewLibrary reads the packs of all places; flows are compiled at first use. The
// error lists what is wrong with the packs that are left out.
func NewLibrary(places []Place) (*Library, error) {
	l := &Library{}
	var errs []error
	for _, place := range places {
		s := newShelf(place)
		l.shelves = append(l.shelves, s)
		names, err := s.names()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		packs, wrong := s.read(names)
		for i, pack := range packs {
			err := wrong[i]
			if pack != nil && l.replaces(s, pack.name) {
				_, err = pack.Flows() // it must not take the place of a right one
			}
			switch {
			case err != nil:
				s.refused[names[i]] = err.Error()
				errs = append(errs, err)
			case pack != nil:
				s.packs[names[i]] = pack
			}
		}
	}
	return l, errors.Join(errs...)
}

func newShelf(place Place) *shelf {
	return &shelf{Place: place, packs: map[string]*Pack{}, refused: map[string]string{}}
}

// replaces says whether an earlier place holds a pack of that name.
func (l *Library) replaces(s *shelf, name string) bool {
	for _, earlier := range l.shelves {
		if earlier == s {
			return false
		}
		if _, ok := earlier.packs[name]; ok {
			return true
		}
	}
	return false
}

// Packs returns all packs, those of the first place first. Of those with the same
// name the last one counts.
func (l *Library) Packs() []*Pack {
	var all []*Pack
	for _, s := range l.shelves {
		for _, name := range slices.Sorted(maps.Keys(s.packs)) {
			all = append(all, s.packs[name])
		}
	}
	return all
}

// Check compiles the flows of all packs and leaves out those that are wrong.
func (l *Library) Check() error {
	var errs []error
	for _, s := range l.shelves {
		for _, name := range slices.Sorted(maps.Keys(s.packs)) {
			if _, err := s.packs[name].Flows(); err != nil {
				delete(s.packs, name)
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// names are the packs that there are, and may be.
func (s *shelf) names() ([]string, error) {
	names, err := packNames(s.FS)
	switch {
	case err == nil:
		return names, nil
	case s.Optional && errors.Is(err, fs.ErrNotExist):
		return nil, nil
	}
	return nil, fmt.Errorf("read packs in %s: %w", s.Origin, err)
}

// read reads packs, and has each checked at its first use.
func (s *shelf) read(names []string) ([]*Pack, []error) {
	packs, errs := readPacks(s.FS, s.Origin, names)
	check := s.Check
	for i, pack := range packs {
		if pack != nil && check != nil {
			pack.script.check = func() error { return check(names[i]) }
		}
	}
	return packs, errs
}

// Moved is the library of other places. What is known of those that stay is kept;
// all is read again as by [Library.Reread]. The library itself stays as it is.
func (l *Library) Moved(places []Place) (*Library, []Change) {
	moved := &Library{}
	var changes []Change
	for _, place := range places {
		s := newShelf(place)
		if known := l.shelf(place.Origin); known != nil {
			s.packs, s.refused = maps.Clone(known.packs), maps.Clone(known.refused)
		}
		moved.shelves = append(moved.shelves, s)
	}
	for _, s := range l.shelves {
		if moved.shelf(s.Origin) == nil {
			for _, name := range slices.Sorted(maps.Keys(s.packs)) {
				changes = append(changes, Change{Kind: Removed, Name: name, Origin: s.Origin})
			}
		}
	}
	for _, place := range places {
		changes = append(changes, moved.Reread(place.Origin)...)
	}
	return moved, changes
}

func (l *Library) shelf(origin string) *shelf {
	i := slices.IndexFunc(l.shelves, func(s *shelf) bool { return s.Origin == origin })
	if i < 0 {
		return nil
	}
	return l.shelves[i]
}

// Reread reads packs of a place again, all where none is named. A pack that is
// wrong, or only half there, is refused: what was there before stays. Each mistake
// is told once.
func (l *Library) Reread(origin string, names ...string) []Change {
	s := l.shelf(origin)
	if s == nil {
		return nil
	}
	if len(names) == 0 {
		present, err := s.names()
		if err != nil {
			return s.refuse("", err)
		}
		delete(s.refused, "")
		names = slices.Concat(present, slices.Collect(maps.Keys(s.packs)), slices.Collect(maps.Keys(s.refused)))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	names = slices.DeleteFunc(names, func(name string) bool { return !fs.ValidPath(name) || name == "." })
	packs, errs := s.read(names)
	var changes []Change
	for i, name := range names {
		changes = append(changes, s.take(name, packs[i], errs[i])...)
	}
	return changes
}

// take makes of a pack that was read again the one that counts, if it is right.
func (s *shelf) take(name string, pack *Pack, err error) []Change {
	old := s.packs[name]
	if pack != nil && old != nil && pack.digest == old.digest && !old.script.unfit.Load() {
		delete(s.refused, name)
		return nil
	}
	if pack != nil {
		_, err = pack.Flows()
	}
	if err != nil {
		return s.refuse(name, err)
	}
	delete(s.refused, name)
	change := Change{Name: name, Origin: s.Origin}
	switch {
	case pack == nil && old == nil:
		return nil
	case pack == nil:
		delete(s.packs, name)
		change.Kind = Removed
		return []Change{change}
	case old == nil:
		change.Kind = Added
	default:
		change.Kind = Changed
	}
	s.packs[name], change.Version = pack, pack.Version
	return []Change{change}
}

// refuse tells what is wrong, unless it was told.
func (s *shelf) refuse(name string, err error) []Change {
	if s.refused[name] == err.Error() {
		return nil
	}
	s.refused[name] = err.Error()
	change := Change{Kind: Refused, Name: name, Origin: s.Origin, Err: err}
	if old := s.packs[name]; old != nil {
		change.Version = old.Version
	}
	return []Change{change}
}
