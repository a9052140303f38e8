package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/statefile"
)

// maxSecret is the size in bytes of the largest secret in a file.
const maxSecret = 4096

// readSecret reads a secret from a file that only its owner may access (see
// [statefile.ReadOwned]) and cuts one newline off its end. The error does not contain the secret.
func readSecret(path string) (string, error) {
	data, err := statefile.ReadOwned(path, maxSecret)
	return secretOf(path, data, err)
}

// readCredential reads from systemd's directory of credentials. The directory keeps other
// users out, and an access control list may let a group read a file in it (mode 0440), so
// the mode does not matter.
func readCredential(directory, name string) (string, error) {
	if directory == "" {
		return "", fmt.Errorf("read secret %s%s: $CREDENTIALS_DIRECTORY is not set", credentialPrefix, name)
	}
	path := filepath.Join(directory, name)
	data, err := file.Read(path, maxSecret)
	return secretOf(path, data, err)
}

// secretOf returns the secret in the content of a file, or why there is none.
func secretOf(path string, data []byte, err error) (string, error) {
	secret := strings.TrimSuffix(string(data), "\n")
	if err == nil && secret == "" {
		err = errors.New("empty")
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err // the path is in the message already
	}
	if err != nil {
		return "", fmt.Errorf("read secret %s: %w", path, err)
	}
	return secret, nil
}
