package trust

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"aead.dev/minisign"
	"github.com/google/renameio/v2"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/pack"
)

// Request is a pack or a live helper to install, and what the user allows.
type Request struct {
	Archive      *archive.Archive
	Signature    *Signature          // nil: install it without one
	Key          *minisign.PublicKey // that must have signed it; nil: the remembered key, or any if none is
	AcceptKey    bool                // accept another key than the remembered one
	Downgrade    bool                // accept an older version
	Reserved     bool                // its name is that of a helper that comes with the program
	Replace      bool                // let it take the place of that helper
	AcceptMore   bool                // accept that it wants more than the version before
	AllowProgram bool                // allow the program of a live helper
	Arch         string              // architecture of this computer, as Go names it
	Now          time.Time

	// Check checks the unpacked helper in a directory before it is put in place.
	Check func(dir string) error
}

// Installed is the result of a request.
type Installed struct {
	Before       string              // version that it replaced; empty: none, or a broken one
	BeforeBroken bool                // it replaced a pack that could not be read
	Key          *minisign.PublicKey // that signed it; nil: it has no signature
	First        bool                // the key is new, and remembered from now on
	Other        *Known              // the key that is no longer remembered; nil: none
	Growth       pack.Growth         // what it wants beyond the version before
	Maker        maker.Maker         // of the helper
}

// ErrOlder is the cause if a newer version is, or was, installed.
var ErrOlder = errors.New("it is older")

// Install installs a pack or a live helper atomically: if it is refused, or the machine stops, the previous one
// is still there.
func (p Place) Install(r Request) (Installed, error) {
	var done Installed
	p, err := p.of(r.Archive)
	if err == nil {
		err = p.locked(func(staging string) (err error) {
			done, err = p.install(r, staging)
			return err
		})
	}
	if err != nil {
		return Installed{}, fmt.Errorf("install %s %s: %w", r.Archive.Name, r.Archive.Version, err)
	}
	return done, nil
}

func (p Place) install(r Request, staging string) (Installed, error) {
	known, err := p.KnownKey(r.Archive.Name)
	if err != nil {
		return Installed{}, err
	}
	done, err := r.verify(known)
	if err != nil {
		return Installed{}, err
	}
	before := p.installed(r.Archive, r.Arch)
	done.Before, done.BeforeBroken = before.version, before.isBroken
	if err := r.checkVersion(before.version, known); err != nil {
		return Installed{}, err
	}
	dir := filepath.Join(staging, r.Archive.Name)
	unpacked, demands, err := r.unpack(dir)
	if err != nil {
		return Installed{}, err
	}
	accepted, err := p.acceptance(r, done.Key, demands, staging)
	if err != nil {
		return Installed{}, err
	}
	done.Maker = accepted.Maker
	done.Growth, err = p.agreed(r, done.Maker, demands, before.demands)
	if _, more := errors.AsType[*GrowthError](err); err == nil || more { // the user sees both at once
		err = cmp.Or(r.allow(unpacked, done.Maker, before, done.Growth), err)
	}
	if err == nil && r.Check != nil {
		err = r.Check(dir)
	}
	if err != nil {
		return Installed{}, err
	}
	// Before the swap, which can fail: the user has already accepted the pack.
	if err := p.save(r, done.Key, known, accepted, dir); err != nil {
		return Installed{}, err
	}
	return done, swap(dir, filepath.Join(p.Dir, r.Archive.Name))
}

// acceptance returns what is remembered of a helper that was unpacked below a directory.
func (p Place) acceptance(r Request, key *minisign.PublicKey, demands pack.Demands, staging string) (Accepted, error) {
	accepted := Accepted{Pack: r.Archive.Name, Maker: maker.User, Time: r.Now.UTC().Truncate(time.Second), Replaces: r.Reserved, Demands: demands}
	if r.Archive.Program != nil {
		program, err := live.Identify(staging, r.Archive.Name, p.Dir)
		if err != nil {
			return accepted, err
		}
		accepted.Maker = program
		if key != nil {
			accepted.Program = program
		}
	}
	if key != nil {
		accepted.Maker = maker.Maker(key.String())
	}
	return accepted, nil
}

// agreed returns what a pack wants beyond the version before, or why the user has to agree
// first: to a pack in the place of one that comes with the program, or to what is new.
func (p Place) agreed(r Request, m maker.Maker, demands pack.Demands, before *pack.Demands) (pack.Growth, error) {
	all, err := KnownPacks{Files: p.Others}.read(p.Keys)
	if err != nil {
		return pack.Growth{}, err
	}
	if r.Reserved && !r.Replace && !all.mayReplace(r.Archive.Name, m) {
		return pack.Growth{}, &ReplacesError{r.Archive.Name, m}
	}
	growth := all.growth(r.Archive.Name, m, demands, before)
	if !growth.None() && !r.AcceptMore {
		return growth, &GrowthError{r.Archive.Name, growth}
	}
	return growth, nil
}

// save writes the signature into the pack's directory, if there is one, and remembers its key
// and what the user accepted.
func (p Place) save(r Request, key *minisign.PublicKey, before *Known, accepted Accepted, dir string) error {
	if key == nil {
		return p.remember(nil, accepted)
	}
	text, err := r.Signature.by(*key)
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(filepath.Join(dir, signatureFile), text, 0o644, renameio.WithStaticPermissions(0o644)); err != nil {
		return err
	}
	known := Known{Pack: r.Archive.Name, Key: key.String(), Since: accepted.Time, Version: r.Archive.Version}
	if before != nil && before.Key == known.Key {
		known.Since = before.Since
	}
	return p.remember(&known, accepted)
}

// verify decides which key must have signed the archive, and checks that it did.
func (r Request) verify(known *Known) (Installed, error) {
	if r.Signature == nil {
		return Installed{}, nil
	}
	key := r.signer(known)
	if key == nil && known != nil && !r.AcceptKey {
		return Installed{}, r.otherKey(known, nil)
	}
	if key == nil {
		return Installed{}, ErrNoKey
	}
	// First: a mixed-up file is reported as such, not as a new key.
	if err := r.Signature.Verify(r.Archive, *key); err != nil {
		return Installed{}, err
	}
	switch {
	case known == nil:
		return Installed{Key: key, First: true}, nil
	case key.Equal(known.key()):
		return Installed{Key: key}, nil
	case !r.AcceptKey:
		return Installed{}, r.otherKey(known, key)
	}
	return Installed{Key: key, First: true, Other: known}, nil
}

// signer returns the key that must have signed: the user's, else the remembered one, else the
// one that the signature names; nil if there is none.
func (r Request) signer(known *Known) *minisign.PublicKey {
	if r.Key != nil {
		return r.Key
	}
	if known != nil {
		if key := known.key(); key.ID() == r.Signature.parsed.KeyID {
			return &key
		}
	}
	return r.Signature.Key
}

func (r Request) otherKey(known *Known, key *minisign.PublicKey) error {
	return &OtherKeyError{Known: *known, Key: key, KeyID: r.Signature.KeyID(), Signed: r.Signature.Time}
}

// ErrNoKey is the cause if a signature does not name its key, and none is remembered.
var ErrNoKey = errors.New("its signature does not name the public key, and none is remembered")

// OtherKeyError is the cause if a pack is signed by another key than before.
type OtherKeyError struct {
	Known  Known
	Key    *minisign.PublicKey // that signed it; nil: only its number is known
	KeyID  string
	Signed time.Time // according to the signer; zero: unknown
}

// Error names both keys, and how long the known one was remembered.
func (e *OtherKeyError) Error() string {
	other := "a key that it does not name, number " + e.KeyID
	if e.Key != nil {
		other = e.Key.String()
	}
	when := ""
	if !e.Signed.IsZero() {
		when = ", on " + e.Signed.Format(time.DateOnly)
	}
	return fmt.Sprintf("IT IS SIGNED BY ANOTHER KEY THAN BEFORE:\n  before: %s, remembered since %s, last for version %s\n  now:    %s%s\nsomebody else made it, or its maker has a new key",
		e.Known.Key, e.Known.Since.Format(time.DateOnly), e.Known.Version, other, when)
}

// installed is what an archive replaces.
type installed struct {
	version  string        // empty: nothing, or something broken
	isBroken bool          // any version may replace it
	demands  *pack.Demands // nil: it was never used
	program  *live.Shipped // nil: it is a pack
	digest   string        // of the program
}

// installed returns what there is of the name and kind of an archive.
func (p Place) installed(a *archive.Archive, arch string) installed {
	if _, err := os.Lstat(filepath.Join(p.Dir, a.Name)); errors.Is(err, fs.ErrNotExist) {
		return installed{}
	}
	dir := file.Dir{Path: p.Dir}
	if a.Program != nil {
		program, err := live.OpenShipped(dir, a.Name)
		if err != nil {
			return installed{isBroken: true}
		}
		demands := program.Demands()
		return installed{version: program.Version(), demands: &demands, program: program, digest: programDigest(dir, program, arch)}
	}
	loaded, err := pack.Load(dir, a.Name, p.Dir)
	if err != nil {
		return installed{isBroken: true}
	}
	return installed{version: loaded.Version, demands: demandsOf(loaded)}
}

// checkVersion refuses an older version than the one that is, or was, installed.
func (r Request) checkVersion(before string, known *Known) error {
	if r.Downgrade {
		return nil
	}
	offered, err := archive.ParseVersion(r.Archive.Version)
	if err != nil {
		return err
	}
	if known != nil && r.Signature != nil {
		if last, err := archive.ParseVersion(known.Version); err == nil && offered.Compare(last) < 0 {
			return fmt.Errorf("%w than %s, which was installed last", ErrOlder, known.Version)
		}
	}
	if installed, err := archive.ParseVersion(before); err == nil && offered.Compare(installed) < 0 {
		return fmt.Errorf("%w than %s, which is installed", ErrOlder, before)
	}
	return nil
}

// unpack unpacks what is for this computer, and returns what the helper wants.
func (r Request) unpack(dir string) (*archive.Archive, pack.Demands, error) {
	own, err := r.Archive.For(r.Arch)
	if err != nil {
		return nil, pack.Demands{}, err
	}
	if err := own.Unpack(dir); err != nil {
		return nil, pack.Demands{}, err
	}
	if own.Program != nil {
		return own, own.Program.Demands(), nil
	}
	above := file.Dir{Path: filepath.Dir(dir)}
	// Load is strict, so that the version is the one that was signed.
	loaded, err := pack.Load(above, r.Archive.Name, "")
	if err != nil {
		return nil, pack.Demands{}, err
	}
	flows, err := loaded.Flows()
	if err != nil {
		return nil, pack.Demands{}, err
	}
	// With other files in it, the signature of the installed pack could not be checked.
	_, err = archive.Read(above, r.Archive.Name)
	return own, flows.Demands(), err
}
