package live

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/maker"
)

// Place is a directory of registrations: of files NAME.toml, and of directories NAME with such a file in it.
type Place struct {
	Dir   string
	Check func(fs.FileInfo) error // returns why a file or directory must not be used
	// Maker returns who made a helper, or why it must not be started: a key that signed it, else the program itself.
	Maker func(Candidate) (maker.Maker, error)
}

// Candidate is a helper that was not started yet.
type Candidate struct {
	Name    string
	Own     fs.FS       // the directory above its own; nil: it has none of its own
	Program maker.Maker // identifies its files
}

// maxHelpers is how many helpers are registered at most.
const maxHelpers = 100

// Load reads the registrations in all places, and starts each program once to ask what it is, as many at the same time as the
// capacity allows. Of two with the same name the later one counts. Limit is for each start; nil: none. The error joins the
// mistakes of those that are left out.
func Load(ctx context.Context, places []Place, capacity *Capacity, limit Limit) ([]*Helper, error) {
	found, err := readAll(places)
	helpers := make([]*Helper, len(found))
	errs := make([]error, len(found))
	var started sync.WaitGroup
	for i, r := range found {
		started.Go(func() { helpers[i], errs[i] = newHelper(ctx, r, describeTime, capacity, limit, nil) })
	}
	started.Wait()
	helpers = slices.DeleteFunc(helpers, func(h *Helper) bool { return h == nil })
	return helpers, errors.Join(append(errs, err)...)
}

// readAll reads the registrations of all places.
func readAll(places []Place) (found []registration, err error) {
	for _, place := range places {
		here, broken := place.readAll()
		err = errors.Join(err, broken)
		for _, r := range here {
			found = slices.DeleteFunc(found, func(other registration) bool { return other.name == r.name })
			if len(found) == maxHelpers {
				return found, errors.Join(err, fmt.Errorf("use helper %s: more than %d", r.name, maxHelpers))
			}
			found = append(found, r)
		}
	}
	return found, err
}

// readAll reads the registrations of a place.
func (p Place) readAll() (found []registration, err error) {
	dir := file.Dir{Path: p.Dir, Check: p.Check}
	names, owners, broken := registered(dir)
	if broken != nil {
		return nil, fmt.Errorf("read helpers in %s: %w", p.Dir, file.Cause(broken))
	}
	all := slices.Concat(names, owners)
	slices.Sort(all)
	for _, name := range slices.Compact(all) {
		candidate := Candidate{Name: name}
		var r registration
		switch isOwn := slices.Contains(owners, name); {
		case isOwn && slices.Contains(names, name):
			broken = fmt.Errorf("use helper %s of %s: it is registered twice, by %s and by %s", name, p.Dir, Registration(name), filepath.Join(name, Registration(name)))
		case isOwn:
			candidate.Own = dir
			r, broken = readOwn(dir, p.Dir, name)
		default:
			r, broken = readRegistration(dir, p.Dir, ".", name)
		}
		if broken != nil {
			err = errors.Join(err, broken)
			continue
		}
		r.check = func(program maker.Maker) (maker.Maker, error) {
			candidate.Program = program
			return p.Maker(candidate)
		}
		found = append(found, r)
	}
	return found, err
}

// registered returns the names of the registrations in a directory, and of the helpers in directories of their own; none
// if it does not exist.
func registered(dir fs.FS) (names, owners []string, err error) {
	entries, err := fs.ReadDir(dir, ".")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	for _, entry := range entries {
		name, isRegistration := strings.CutSuffix(entry.Name(), suffix)
		switch {
		case strings.HasPrefix(name, "."):
		case !entry.IsDir() && isRegistration:
			names = append(names, name)
		case entry.IsDir() && isOwnDir(dir, entry.Name()):
			owners = append(owners, entry.Name())
		}
	}
	return names, owners, err
}

// isOwnDir reports whether a subdirectory has the registration of a helper of its name.
func isOwnDir(dir fs.FS, name string) bool {
	_, err := fs.Stat(dir, path.Join(name, Registration(name)))
	return !errors.Is(err, fs.ErrNotExist)
}

// readOwn reads the registration of a helper in a directory of its own, where it may also be as its maker shipped it.
func readOwn(dir fs.FS, origin, name string) (registration, error) {
	r, err := readRegistration(dir, origin, name, name)
	if err != nil {
		return r, err
	}
	text, err := file.ReadFS(dir, path.Join(name, DescribedFile), maxDescribed)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, fmt.Errorf("read %s of helper %s: %w", DescribedFile, name, file.Cause(err))
	}
	described, err := readDescribed(text, name)
	if err != nil {
		return r, err
	}
	r.described = &described
	return r, nil
}

// LoadFile loads the helper that one file registers, to try and test it: its warnings then also tell what
// it says that nobody reads. Limit is for each start; nil: none. The error joins all mistakes.
func LoadFile(ctx context.Context, path string, limit Limit) (*Helper, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	dir, name := filepath.Dir(absolute), strings.TrimSuffix(filepath.Base(absolute), suffix)
	var r registration
	if above := filepath.Dir(dir); filepath.Base(dir) == name {
		r, err = readOwn(file.Dir{Path: above}, above, name)
	} else {
		r, err = readRegistration(file.Dir{Path: dir}, dir, ".", name)
	}
	if err != nil {
		return nil, err
	}
	h, err := newHelper(ctx, r, tryTime, NewCapacity(), limit, &notes{})
	if err != nil {
		return nil, err
	}
	h.claimTime = tryTime // a case that is replayed has the same result on a busy computer
	return h, nil
}
