package trust

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"aead.dev/minisign"
	"github.com/google/renameio/v2"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/statefile"
)

// maxKey is how many bytes a key's file has at most.
const maxKey = 4 << 10

// ErrKeyExists is the cause if a new key would replace another.
var ErrKeyExists = errors.New("a key exists already, and packs that it signed need it")

// PublicSuffix is appended to the name of a private key's file for its public key.
const PublicSuffix = ".pub"

// GenerateKey writes a private key to a file that only the user can read (mode 0600), and the
// public key beside it. A password encrypts it like minisign, which takes 1 GiB of memory and
// a few seconds. It never replaces a key.
func GenerateKey(file, password string) (minisign.PublicKey, error) {
	public, err := generateKey(file, password)
	if err != nil {
		return public, fmt.Errorf("generate key: %w", err)
	}
	return public, nil
}

func generateKey(file, password string) (minisign.PublicKey, error) {
	if _, err := os.Lstat(file); err == nil {
		return minisign.PublicKey{}, fmt.Errorf("%s: %w", file, ErrKeyExists)
	}
	public, private, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		return public, err
	}
	text, err := private.MarshalText()
	if password != "" {
		text, err = minisign.EncryptKey(password, private)
	}
	if err != nil {
		return public, err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return public, err
	}
	if err := renameio.WriteFile(file, append(text, '\n'), 0o600, renameio.WithStaticPermissions(0o600)); err != nil {
		return public, err
	}
	if text, err = public.MarshalText(); err != nil {
		return public, err
	}
	return public, renameio.WriteFile(file+PublicSuffix, append(text, '\n'), 0o644)
}

// ReadPrivateKey reads a private key from a file, also one of minisign. It asks for the
// password of an encrypted one, and refuses a file that others can read or write.
func ReadPrivateKey(path string, password func() (string, error)) (minisign.PrivateKey, error) {
	key, err := readPrivateKey(path, password)
	if err != nil {
		return minisign.PrivateKey{}, fmt.Errorf("read key %s: %w", path, err)
	}
	return key, nil
}

func readPrivateKey(path string, password func() (string, error)) (minisign.PrivateKey, error) {
	var key minisign.PrivateKey
	info, err := os.Stat(path)
	if err != nil {
		return key, file.Cause(err)
	}
	switch {
	case !info.Mode().IsRegular() || info.Size() > maxKey:
		return key, errors.New("not a private key")
	case info.Mode().Perm()&0o077 != 0:
		return key, &statefile.ModeError{Path: path, Mode: info.Mode().Perm()}
	}
	text, err := file.Read(path, maxKey)
	if err != nil {
		return key, file.Cause(err)
	}
	if !minisign.IsEncrypted(text) {
		err := key.UnmarshalText(text) // first: it sets key
		return key, err
	}
	word, err := password()
	if err != nil {
		return key, err
	}
	if key, err = minisign.DecryptKey(word, text); err != nil {
		return key, errors.New("the password is wrong, or the file is damaged")
	}
	return key, nil
}

// ParseKey reads a public key: the line that begins with RW, or a whole file.
func ParseKey(text string) (minisign.PublicKey, error) {
	var key minisign.PublicKey
	err := key.UnmarshalText([]byte(strings.TrimSpace(text)))
	if err != nil {
		return key, errors.New("want a public key of minisign, a line of 56 characters that begins with RW, or a file of it")
	}
	return key, nil
}

// ReadKey reads a public key, given as text or by the name of its file.
func ReadKey(arg string) (minisign.PublicKey, error) {
	if key, err := ParseKey(arg); err == nil {
		return key, nil
	}
	text, err := file.Read(arg, maxKey)
	if errors.Is(err, fs.ErrNotExist) {
		return minisign.PublicKey{}, fmt.Errorf("read public key %q: not a key, and no file of that name", arg)
	}
	if err != nil {
		return minisign.PublicKey{}, fmt.Errorf("read public key %q: %w", arg, file.Cause(err))
	}
	key, err := ParseKey(string(text))
	if err != nil {
		return key, fmt.Errorf("read public key %q: %w", arg, err)
	}
	return key, nil
}
