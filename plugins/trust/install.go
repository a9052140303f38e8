package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"aead.dev/minisign"
	"github.com/google/renameio/v2"

	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/pack"
)

// Request is a pack to be installed, and what the user said about it.
type Request struct {
	Archive   *archive.Archive
	Signature *Signature          // nil: the user wants it without one
	Key       *minisign.PublicKey // whose it is to be; nil: the remembered one's, or the first one's
	AcceptKey bool                // take another key than the remembered one
	Downgrade bool                // take an older version
	Now       time.Time

	// Check is asked whether the pack in a directory is right, before it takes effect.
	Check func(dir string) error
}

// Installed is what came of a request.
type Installed struct {
	Before string              // version that was installed here, or that it was a broken one; empty: none
	Key    *minisign.PublicKey // that signed it; nil: nobody did
	First  bool                // the key was not known before, and is remembered from now on
	Other  *Known              // what was remembered until now and is not any more; nil: nothing
}

// ErrOlder is the cause where a newer version is, or was, installed.
var ErrOlder = errors.New("it is older")

// Install puts a pack in its place, all of it or nothing: where it is refused, or the
// machine stops meanwhile, what was there before is still there.
func (p Place) Install(r Request) (Installed, error) {
	var done Installed
	err := p.locked(func(staging string) (err error) {
		done, err = p.install(r, staging)
		return err
	})
	if err != nil {
		return Installed{}, fmt.Errorf("install %s %s: %w", r.Archive.Name, r.Archive.Version, err)
	}
	return done, nil
}

func (p Place) install(r Request, staging string) (Installed, error) {
	known, err := p.known(r.Archive.Name)
	if err != nil {
		return Installed{}, err
	}
	done, err := r.judge(known)
	if err != nil {
		return Installed{}, err
	}
	done.Before = p.versionIn(r.Archive.Name)
	if err := r.checkVersion(done.Before, known); err != nil {
		return Installed{}, err
	}
	dir := filepath.Join(staging, r.Archive.Name)
	if err := r.stage(dir); err != nil {
		return Installed{}, err
	}
	if done.Key != nil {
		// Before the pack: what follows can fail, and the user has already said yes to the key.
		if err := p.keep(r, *done.Key, known, dir); err != nil {
			return Installed{}, err
		}
	}
	return done, swap(dir, filepath.Join(p.Dir, r.Archive.Name))
}

// keep puts the signature into the pack's directory, and remembers its key.
func (p Place) keep(r Request, key minisign.PublicKey, before *Known, dir string) error {
	text, err := r.Signature.by(key)
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(filepath.Join(dir, signatureFile), text, 0o644, renameio.WithStaticPermissions(0o644)); err != nil {
		return err
	}
	known := Known{Pack: r.Archive.Name, Key: key.String(), Since: r.Now.UTC().Truncate(time.Second), Version: r.Archive.Version}
	if before != nil && before.Key == known.Key {
		known.Since = before.Since
	}
	return p.remember(known)
}

// judge decides by whose key the archive is to be signed, and whether it is.
func (r Request) judge(known *Known) (Installed, error) {
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
	// Who can only mix up files learns that, and not that there is a new key.
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

// signer is the key that the signature is to be by: the user's word counts before what
// is remembered, and that before what the signature says. It is nil where nobody says.
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

// ErrNoKey is the cause where a signature does not tell its key, and none is remembered.
var ErrNoKey = errors.New("its signature does not tell the public key, and none is remembered")

// OtherKeyError is the cause where a pack is signed by another key than before.
type OtherKeyError struct {
	Known  Known
	Key    *minisign.PublicKey // that it is signed by; nil: only its number is known
	KeyID  string
	Signed time.Time // as the signer says; zero: unknown
}

// Error names both keys, and since when.
func (e *OtherKeyError) Error() string {
	other := "a key that it does not tell, number " + e.KeyID
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

// brokenVersion stands for that of a pack that cannot be read: every version may replace it.
const brokenVersion = "a broken one"

// versionIn is the version of the pack that is installed; empty: there is none.
func (p Place) versionIn(name string) string {
	if _, err := os.Lstat(filepath.Join(p.Dir, name)); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	loaded, err := pack.Load(os.DirFS(p.Dir), name, p.Dir)
	if err != nil {
		return brokenVersion
	}
	return loaded.Version
}

// checkVersion refuses a step back, also behind what was installed and is removed.
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

// stage unpacks the archive and checks what came of it.
func (r Request) stage(dir string) error {
	if err := r.Archive.Unpack(dir); err != nil {
		return err
	}
	above := os.DirFS(filepath.Dir(dir))
	// This is to the letter, so that the version is the one that the archive was signed for.
	if _, err := pack.Load(above, r.Archive.Name, ""); err != nil {
		return err
	}
	// It may hold what no directory of a pack holds; then its signature could never be checked again.
	if _, err := archive.Read(above, r.Archive.Name); err != nil {
		return err
	}
	if r.Check != nil {
		return r.Check(dir)
	}
	return nil
}
