package trust

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"aead.dev/minisign"
	"github.com/google/renameio/v2"

	"hotspot-helper/internal/file"
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
	Version  int        `json:"version"`
	Keys     []Known    `json:"keys"`
	Accepted []Accepted `json:"accepted,omitempty"`
}

// maxKeys is how many bytes the file of keys has at most.
const maxKeys = 4 << 20

// readKeys reads a file of keys. One that does not exist is empty, and one that others could
// have written is refused.
func readKeys(path string) (keysFile, error) {
	data, err := file.ReadChecked(path, maxKeys, file.CheckMode)
	if errors.Is(err, fs.ErrNotExist) {
		return keysFile{Version: keysVersion}, nil
	}
	var content keysFile
	if err == nil {
		content, err = parseKeys(data)
	}
	if err != nil {
		return keysFile{}, fmt.Errorf("read remembered keys: %s: %w", path, file.Cause(err))
	}
	return content, nil
}

func parseKeys(data []byte) (keysFile, error) {
	content := keysFile{Version: keysVersion}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&content)
	if err == nil && content.Version != keysVersion {
		err = fmt.Errorf("version is %d, want %d", content.Version, keysVersion)
	}
	for _, known := range content.Keys {
		err = cmp.Or(err, known.check())
	}
	for _, accepted := range content.Accepted {
		err = cmp.Or(err, errors.Join(pack.CheckName(accepted.Pack), accepted.Maker.Check()))
	}
	return content, err
}

// KnownKey returns the remembered key of a pack, of this place or else of another one; nil: none.
func (p Place) KnownKey(name string) (*Known, error) {
	for _, file := range append([]string{p.Keys}, p.Others...) {
		content, err := readKeys(file)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(content.Keys, func(k Known) bool { return k.Pack == name }); i >= 0 {
			return &content.Keys[i], nil
		}
	}
	return nil, nil
}

// remember writes what was accepted, and the key, if there is one, in place of what was
// remembered of the same pack.
func (p Place) remember(known *Known, accepted Accepted) error {
	err := updateKeys(p.Keys, p.keysMode(), func(content *keysFile) {
		if known != nil {
			content.Keys = slices.DeleteFunc(content.Keys, func(k Known) bool { return k.Pack == known.Pack })
			content.Keys = append(content.Keys, *known)
			slices.SortFunc(content.Keys, func(a, b Known) int { return cmp.Compare(a.Pack, b.Pack) })
		}
		content.accept(accepted)
	})
	if err != nil {
		return fmt.Errorf("remember key: %w", err)
	}
	return nil
}

func updateKeys(file string, mode fs.FileMode, change func(*keysFile)) error {
	content, err := readKeys(file)
	if err != nil {
		return err
	}
	change(&content)
	data, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return renameio.WriteFile(file, append(data, '\n'), mode, renameio.WithStaticPermissions(mode))
}
