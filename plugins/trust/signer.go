package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"aead.dev/minisign"

	"hotspot-helper/internal/file"
	"hotspot-helper/plugins/archive"
)

// signatureFile is the signature of an installed pack, in its directory.
const signatureFile = Suffix

// Mark is the signature of an installed pack.
type Mark struct {
	Key  *minisign.PublicKey // that signed it; nil: it has no signature
	Time time.Time           // when, according to the signer; zero: unknown
}

// ErrChanged is the cause if an installed pack differs from what its maker signed.
var ErrChanged = errors.New("changed since it was signed")

// IsSigned reports whether the installed pack in a subdirectory has a signature, which may be wrong.
func IsSigned(dir fs.FS, name string) bool {
	info, err := fs.Stat(dir, path.Join(name, signatureFile))
	return err == nil && info.Mode().IsRegular()
}

// Signer returns who signed the installed pack in a subdirectory. The error is [ErrChanged] if
// the pack was changed since. A user who can write there can also forge the mark: it finds
// accidents and forgotten edits, not attacks.
func Signer(dir fs.FS, name string) (Mark, error) {
	text, err := file.ReadFS(dir, path.Join(name, signatureFile), maxSignature)
	if errors.Is(err, fs.ErrNotExist) {
		return Mark{}, nil
	}
	if err != nil {
		return Mark{}, fmt.Errorf("read signature of pack %s: %w", name, file.Cause(err))
	}
	s, err := ParseSignature(text)
	if err != nil || s.Key == nil {
		return Mark{}, fmt.Errorf("pack %s: %w: its signature is damaged", name, ErrChanged)
	}
	mark := Mark{Key: s.Key, Time: s.Time}
	a, err := archive.Read(dir, name)
	if err != nil {
		return mark, fmt.Errorf("pack %s: %w: %w", name, ErrChanged, err)
	}
	if err := s.Verify(a, *s.Key); err != nil {
		return mark, fmt.Errorf("pack %s: %w by %s", name, ErrChanged, s.Key)
	}
	return mark, nil
}
