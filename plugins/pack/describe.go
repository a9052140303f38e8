package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"hotspot-helper/claims"
	"hotspot-helper/internal/strict"
)

// ClaimKinds returns [claims.Rules.Kinds] of the pack.
func (p *Pack) ClaimKinds() []string { return p.rules.Kinds() }

// ReadClaims reads the claims of a pack as its file has them. A loaded pack keeps only the
// compiled rules.
func ReadClaims(dir fs.FS, name string) ([]claims.Spec, error) {
	file := path.Join(name, "pack.toml")
	data, err := fs.ReadFile(dir, file)
	if err != nil {
		if perr, ok := errors.AsType[*fs.PathError](err); ok {
			err = perr.Err // the message has the name already
		}
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	var raw packFile
	_, err = strict.Decode(file, data, &raw)
	return raw.Claims, err
}
