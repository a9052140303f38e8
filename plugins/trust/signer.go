package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"aead.dev/minisign"

	"hotspot-helper/plugins/archive"
)

// signatureFile is the signature of an installed pack, in its directory.
const signatureFile = Suffix

// Mark is what an installed pack tells of its maker.
type Mark struct {
	Key  *minisign.PublicKey // that signed it; nil: nobody did
	Time time.Time           // when, as the signer says; zero: unknown
}

// ErrChanged is the cause where an installed pack is not as its maker signed it.
var ErrChanged = errors.New("changed since it was signed")

// Signer reads who signed the pack in a subdirectory, when it was installed. The error
// is [ErrChanged] where the pack is another by now. Whoever can write there can also
// forge a mark: it is for finding accidents, and edits that were forgotten.
func Signer(dir fs.FS, name string) (Mark, error) {
	text, err := fs.ReadFile(dir, path.Join(name, signatureFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Mark{}, nil
	}
	if err != nil {
		return Mark{}, fmt.Errorf("read signature of pack %s: %w", name, cause(err))
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
