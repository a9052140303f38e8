package plugins

import (
	"fmt"
	"io/fs"

	"hotspot-helper/claims"
	"hotspot-helper/internal/strict"
)

// ClaimKinds says what the pack claims networks by, see [claims.Rules.Kinds].
func (p *Pack) ClaimKinds() []string { return p.rules.Kinds() }

// ReadClaims reads the claims of a pack as its file has them, for people: a loaded pack
// keeps only what they come to.
func ReadClaims(dir fs.FS, name string) ([]claims.Spec, error) {
	l := loader{dir: dir, sub: name}
	data, err := l.read("pack.toml")
	if err != nil {
		return nil, fmt.Errorf("read pack.toml of %s: %w", name, err)
	}
	var raw packFile
	_, err = strict.Decode(name+"/pack.toml", data, &raw)
	return raw.Claims, err
}
