package trust

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"aead.dev/minisign"
	"github.com/google/renameio/v2"

	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/pack"
)

// Known is the remembered key of a pack's maker, also after the pack was removed.
type Known struct {
	Pack    string    `json:"pack"`
	Key     string    `json:"key"`     // public, as minisign writes it
	Since   time.Time `json:"since"`   // when it was remembered
	Version string    `json:"version"` // installed last; an older one is refused
}

func (k Known) check() error {
	_, noKey := ParseKey(k.Key)
	_, noVersion := archive.ParseVersion(k.Version)
	return errors.Join(pack.CheckName(k.Pack), noKey, noVersion)
}

// key returns the remembered key; zero if it cannot be read.
func (k Known) key() minisign.PublicKey {
	key, err := ParseKey(k.Key)
	if err != nil {
		return minisign.PublicKey{}
	}
	return key
}

// keysVersion is the version of the format of the file of keys.
const keysVersion = 1

type keysFile struct {
	Version int     `json:"version"`
	Keys    []Known `json:"keys"`
}

// maxKeys is how many bytes the file of keys has at most.
const maxKeys = 4 << 20

// Known returns the remembered keys, sorted by pack.
func (p Place) Known() ([]Known, error) {
	data, err := readFile(p.Keys, maxKeys)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var content keysFile
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(&content)
	}
	if err == nil && content.Version != keysVersion {
		err = fmt.Errorf("version is %d, want %d", content.Version, keysVersion)
	}
	for _, known := range content.Keys {
		err = cmp.Or(err, known.check())
	}
	if err != nil {
		return nil, fmt.Errorf("read remembered keys: %s: %w", p.Keys, cause(err))
	}
	return content.Keys, nil
}

// known returns the remembered key of a pack; nil: none.
func (p Place) known(name string) (*Known, error) {
	all, err := p.Known()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(k Known) bool { return k.Pack == name })
	if i < 0 {
		return nil, nil
	}
	return &all[i], nil
}

// remember writes one key, which replaces that of the same pack.
func (p Place) remember(known Known) error {
	all, err := p.Known()
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(k Known) bool { return k.Pack == known.Pack })
	all = append(all, known)
	slices.SortFunc(all, func(a, b Known) int { return cmp.Compare(a.Pack, b.Pack) })
	data, err := json.MarshalIndent(keysFile{keysVersion, all}, "", "  ")
	if err == nil {
		err = renameio.WriteFile(p.Keys, append(data, '\n'), p.keysMode(), renameio.WithStaticPermissions(p.keysMode()))
	}
	if err != nil {
		return fmt.Errorf("remember key: %w", err)
	}
	return nil
}
