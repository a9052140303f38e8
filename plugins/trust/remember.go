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

// Known is what is remembered of a pack's maker, also after the pack was removed.
type Known struct {
	Pack    string    `json:"pack"`
	Key     string    `json:"key"`     // public, as minisign writes it
	Since   time.Time `json:"since"`   // when it was remembered
	Version string    `json:"version"` // that was installed last: an older one is a step back
}

func (k Known) check() error {
	_, noKey := ParseKey(k.Key)
	_, noVersion := archive.ParseVersion(k.Version)
	return errors.Join(pack.CheckName(k.Pack), noKey, noVersion)
}

// key is the remembered key; the zero key where there is none.
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

// maxKeys is how many octets the file of keys has at most.
const maxKeys = 4 << 20

// Known lists the keys that are remembered, by the names of their packs.
func (p Place) Known() ([]Known, error) {
	data, err := readSome(p.Keys, maxKeys)
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

// known finds what is remembered of a pack; nil: nothing.
func (p Place) known(loaded string) (*Known, error) {
	all, err := p.Known()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(k Known) bool { return k.Pack == loaded })
	if i < 0 {
		return nil, nil
	}
	return &all[i], nil
}

// remember keeps one key in the place of what was remembered of its pack.
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
