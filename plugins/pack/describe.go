package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"hotspot-helper/claims"
	"hotspot-helper/internal/strict"
)

// ClaimKinds says what the pack claims networks by, see [claims.Rules.Kinds].
func (p *Pack) ClaimKinds() []string { return p.rules.Kinds() }

// ReadClaims reads the claims of a pack as its file has them, for people: a loaded pack
// keeps only what they come to.
func ReadClaims(dir fs.FS, name string) ([]claims.Spec, error) {
	file := path.Join(name, "pack.toml")
	data, err := fs.ReadFile(dir, file)
	if err != nil {
		if perr, ok := errors.AsType[*fs.PathError](err); ok {
			err = perr.Err // the name is in the message already
		}
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	var raw packFile
	_, err = strict.Decode(file, data, &raw)
	return raw.Claims, err
}
