package trust

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"aead.dev/minisign"
	"github.com/google/renameio/v2"
)

// maxKey is how many octets a key's file has at most.
const maxKey = 4 << 10

// ErrKeyExists is the cause where a key is in the way of a new one.
var ErrKeyExists = errors.New("a key is there already, and packs that were signed with it need it")

// PublicSuffix is what the file of a public key has behind the name of that of its private key.
const PublicSuffix = ".pub"

// GenerateKey makes a private key in a file that the user alone can read (mode 0600),
// and the public one beside it. With a password it is encrypted, as minisign does it:
// that takes 1 GiB of memory and a few seconds. A key that is there is never replaced.
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

// ReadPrivateKey reads the private key in a file, that of minisign as well. It asks
// for the password where there is one, and refuses a file that others may touch.
func ReadPrivateKey(file string, password func() (string, error)) (minisign.PrivateKey, error) {
	key, err := readPrivateKey(file, password)
	if err != nil {
		return minisign.PrivateKey{}, fmt.Errorf("read key %s: %w", file, err)
	}
	return key, nil
}

func readPrivateKey(file string, password func() (string, error)) (minisign.PrivateKey, error) {
	var key minisign.PrivateKey
	info, err := os.Stat(file)
	if err != nil {
		return key, cause(err)
	}
	switch {
	case !info.Mode().IsRegular() || info.Size() > maxKey:
		return key, errors.New("it is no private key")
	case info.Mode().Perm()&0o077 != 0:
		return key, fmt.Errorf("mode is %04o, so others than its owner may touch it: chmod 600", info.Mode().Perm())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return key, cause(err)
	}
	if !minisign.IsEncrypted(text) {
		err := key.UnmarshalText(text) // first: it changes what is returned
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

// ParseKey reads a public key: the line that begins with RW, or all of a file of it.
func ParseKey(text string) (minisign.PublicKey, error) {
	var key minisign.PublicKey
	err := key.UnmarshalText([]byte(strings.TrimSpace(text)))
	if err != nil {
		return key, errors.New("want a public key of minisign, a line of 56 characters that begins with RW, or a file of it")
	}
	return key, nil
}

// ReadKey reads a public key that is given as it is, or as the name of its file.
func ReadKey(arg string) (minisign.PublicKey, error) {
	if key, err := ParseKey(arg); err == nil {
		return key, nil
	}
	text, err := readSome(arg, maxKey)
	if err != nil {
		return minisign.PublicKey{}, fmt.Errorf("read public key %q: %w", arg, cause(err))
	}
	key, err := ParseKey(string(text))
	if err != nil {
		return key, fmt.Errorf("read public key %q: %w", arg, err)
	}
	return key, nil
}
