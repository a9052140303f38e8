package configs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// MaxSecret is the size in bytes of the largest secret in a file.
const MaxSecret = 4096

// SecretError says why a secret could not be read. It never holds the secret.
type SecretError struct {
	Path string
	Text string // what is wrong
	Err  error  // from the file system, or nil
	hint string
}

func (e *SecretError) Error() string { return fmt.Sprintf("read secret %s: %s", e.Path, e.Text) }

// Unwrap returns the error of the file system, if it was one.
func (e *SecretError) Unwrap() error { return e.Err }

// Hint says what the user can do; empty where there is nothing to say.
func (e *SecretError) Hint() string { return e.hint }

// ReadSecret reads a secret from a file and cuts one newline off its end. The
// file is a regular one that nobody but its owner may touch (mode 0600 or 0400),
// the owner is the user or root, and its size is 1 to [MaxSecret] bytes. The
// error is a [*SecretError].
func ReadSecret(path string) (string, error) {
	return readSecret(path, func(info fs.FileInfo) *SecretError {
		owner, ok := info.Sys().(*syscall.Stat_t)
		return checkAccess(path, info.Mode(), ok && (owner.Uid == 0 || int64(owner.Uid) == int64(os.Geteuid())))
	})
}

// readCredential reads from systemd's directory of credentials. Its directory
// keeps others out, and a file in it may be readable by a group that it is given
// to by an access control list (mode 0440), so the mode says nothing.
func readCredential(path string) (string, error) {
	return readSecret(path, func(fs.FileInfo) *SecretError { return nil })
}

func checkAccess(path string, mode fs.FileMode, owned bool) *SecretError {
	switch {
	case mode.Perm()&0o077 != 0:
		return &SecretError{
			Path: path,
			Text: fmt.Sprintf("mode is %04o, so others than its owner may touch it", mode.Perm()),
			hint: "chmod 600 " + path,
		}
	case !owned:
		return &SecretError{Path: path, Text: "owner is neither the user nor root", hint: "chown it to the user that runs the agent"}
	default:
		return nil
	}
}

func readSecret(path string, check func(fs.FileInfo) *SecretError) (string, error) {
	// A pipe in its place would otherwise block until somebody writes.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", fileError(path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", fileError(path, err)
	}
	if !info.Mode().IsRegular() {
		return "", &SecretError{Path: path, Text: "not a regular file"}
	}
	if refused := check(info); refused != nil {
		return "", refused
	}
	data, err := io.ReadAll(io.LimitReader(file, MaxSecret+1))
	if err != nil {
		return "", fileError(path, err)
	}
	if len(data) > MaxSecret {
		return "", &SecretError{Path: path, Text: fmt.Sprintf("more than %d bytes", MaxSecret), hint: "it holds the secret alone"}
	}
	secret := strings.TrimSuffix(string(data), "\n")
	if secret == "" {
		return "", &SecretError{Path: path, Text: "empty"}
	}
	return secret, nil
}

// fileError leaves the path out of the cause, for it is told already.
func fileError(path string, err error) *SecretError {
	refused := &SecretError{Path: path, Text: err.Error(), Err: err}
	var cause *fs.PathError
	if errors.As(err, &cause) {
		refused.Text = cause.Err.Error()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		refused.hint = "write the secret there, readable by the user alone: (umask 077; cat > " + path + ")"
	case errors.Is(err, fs.ErrPermission):
		refused.hint = "chown it to the user that runs the agent"
	}
	return refused
}
