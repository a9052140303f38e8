// Package maker says who made a helper. What a user gives to a helper, such as secrets and
// consents, belongs to a name and a maker: anybody can make a pack of any name.
package maker

import (
	"errors"
	"fmt"
	"strings"
)

// Maker is who made a helper: [Program], [User], or the one who has the private key of a
// minisign public key, as minisign writes it. A live helper, which is a program, is its own maker
// ([Live]). The zero value is not known; nothing is given to such a maker.
type Maker string

// The makers without a key.
const (
	Program Maker = "program" // the helper comes with the program
	User    Maker = "user"    // no signature: anyone who can write to the directory could have made it
)

// keyPrefix begins every public key of minisign.
const keyPrefix = "RW"

// keyLength is the length of a public key of minisign.
const keyLength = 56

// Check returns an error unless the maker is known.
func (m Maker) Check() error {
	if m != Program && m != User && !m.IsKey() && !m.IsLive() {
		return fmt.Errorf("maker is %q, want %s, %s, a public key or %sDIGEST", string(m), Program, User, livePrefix)
	}
	return nil
}

// IsKey reports whether the maker is known by a key.
func (m Maker) IsKey() bool {
	return len(m) == keyLength && strings.HasPrefix(string(m), keyPrefix)
}

// livePrefix begins the maker of a live helper, and liveLength is the length of its digest.
const (
	livePrefix = "live:"
	liveLength = 64
)

// Live is the maker of a live helper by the SHA-256 digest of its program, in hexadecimal digits: a program
// that changed is somebody else.
func Live(digest string) Maker { return Maker(livePrefix + digest) }

// IsLive reports whether the maker is a program.
func (m Maker) IsLive() bool {
	digest, ok := strings.CutPrefix(string(m), livePrefix)
	return ok && len(digest) == liveLength && strings.Trim(digest, "0123456789abcdef") == ""
}

// ID identifies a helper to those who keep something for it.
type ID struct {
	Helper string
	Maker  Maker
}

// Check returns an error unless name and maker are known.
func (id ID) Check() error {
	if id.Helper == "" {
		return errors.New("helper is missing")
	}
	return id.Maker.Check()
}
