// Package trust signs archives of packs, verifies them, remembers the keys of their makers, and
// installs them.
package trust

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"aead.dev/minisign"

	"hotspot-helper/plugins/archive"
)

// Suffix is appended to an archive's file name for its signature, like minisign does.
const Suffix = ".minisig"

// maxSignature is how many bytes a signature has at most, about as many as minisign allows.
const maxSignature = 10 << 10

// The fields of a trusted comment, separated by tabs. minisign writes the same by default, so
// its signatures are accepted too.
const (
	fileWord = "file:"
	timeWord = "timestamp:"
)

// ErrForged is the cause if a signature is not of the archive, or not by the key.
var ErrForged = errors.New("the signature does not fit: the archive, its signature, or both were changed or mixed up")

// Signature is a signature in the format of minisign: Ed25519 over the BLAKE2b-512 of the archive.
type Signature struct {
	Key  *minisign.PublicKey // that it names in the untrusted comment; nil: none
	Time time.Time           // when it was made, according to the signer; zero: unknown

	parsed minisign.Signature
}

// Sign signs an archive at a time and returns the content of the signature file. The untrusted
// comment has the public key, so that it can be remembered at first use.
func Sign(a *archive.Archive, key minisign.PrivateKey, at time.Time) ([]byte, error) {
	public := key.Public().(minisign.PublicKey) // as the library documents
	digest, err := digestOf(a)
	if err != nil {
		return nil, fmt.Errorf("sign archive: %w", err)
	}
	comment := fmt.Sprintf("%s%d\t%s%s\thashed", timeWord, at.Unix(), fileWord, a.File())
	return digest.SignWithComments(key, comment, untrusted(public)), nil
}

// untrusted returns the comment that is not signed. It ends in the public key.
func untrusted(key minisign.PublicKey) string {
	return "signature by the minisign public key " + key.String()
}

// ParseSignature reads the content of a signature file. It refuses minisign's legacy
// algorithm, which needs the whole archive in memory.
func ParseSignature(text []byte) (Signature, error) {
	var s Signature
	if len(text) > maxSignature {
		return s, fmt.Errorf("read signature: more than %d bytes", maxSignature)
	}
	if err := s.parsed.UnmarshalText(text); err != nil {
		return s, fmt.Errorf("read signature: %w", err)
	}
	if s.parsed.Algorithm != minisign.HashEdDSA {
		return s, errors.New("read signature: it uses the legacy algorithm (minisign -l)")
	}
	if words := strings.Fields(s.parsed.UntrustedComment); len(words) > 0 {
		if key, err := ParseKey(words[len(words)-1]); err == nil && key.ID() == s.parsed.KeyID {
			s.Key = &key
		}
	}
	if seconds, err := strconv.ParseInt(s.word(timeWord), 10, 64); err == nil && seconds > 0 && seconds < maxTime {
		s.Time = time.Unix(seconds, 0).UTC()
	}
	return s, nil
}

// maxTime is the beginning of the year 10000, which RFC 3339 cannot represent.
const maxTime = 253402300800

// word returns the value of a field of the trusted comment; empty: it is missing.
func (s Signature) word(name string) string {
	for _, word := range strings.Split(s.parsed.TrustedComment, "\t") {
		if value, ok := strings.CutPrefix(word, name); ok {
			return value
		}
	}
	return ""
}

// KeyID returns the number of the signing key in hex. It identifies nothing: anyone can make a
// key of the same number.
func (s Signature) KeyID() string { return fmt.Sprintf("%016X", s.parsed.KeyID) }

// Verify checks that a key signed this archive, under its name and version. The error is
// [ErrForged] if it did not.
func (s Signature) Verify(a *archive.Archive, key minisign.PublicKey) error {
	digest, err := digestOf(a)
	if err != nil {
		return fmt.Errorf("verify %s: %w", a.File(), err)
	}
	if err := s.verifyDigest(digest, a.File(), key); err != nil {
		return err
	}
	return s.verifyName(a)
}

// verifyDigest checks that a key signed what was read of a file.
func (s Signature) verifyDigest(digest *minisign.Reader, file string, key minisign.PublicKey) error {
	if s.parsed.KeyID != key.ID() {
		return fmt.Errorf("verify %s: it is signed by the key %s, not by %s (%016X)", file, s.KeyID(), key, key.ID())
	}
	text, err := s.parsed.MarshalText()
	if err != nil {
		return fmt.Errorf("verify %s: %w", file, err)
	}
	if !digest.Verify(key, text) {
		return fmt.Errorf("verify %s: %w", file, ErrForged)
	}
	return nil
}

// pack returns the name of the pack according to the trusted comment, "" if it has none.
func (s Signature) pack() string {
	file := strings.TrimSuffix(s.word(fileWord), archive.Suffix)
	return file[:max(0, strings.LastIndexByte(file, '-'))]
}

// verifyName checks that the signature is of this name and version.
func (s Signature) verifyName(a *archive.Archive) error {
	if file := s.word(fileWord); file != a.File() {
		return fmt.Errorf("verify %s: its trusted comment says %q, want %q", a.File(), fileWord+file, fileWord+a.File())
	}
	return nil
}

// by returns the content of a signature file that names the verified key.
func (s Signature) by(key minisign.PublicKey) ([]byte, error) {
	own := s.parsed
	own.UntrustedComment = untrusted(key)
	return own.MarshalText()
}

// digestOf returns a minisign reader that has read the archive.
func digestOf(a *archive.Archive) (*minisign.Reader, error) {
	var p piece
	digest := minisign.NewReader(&p)
	if err := a.Encode(writer(func(data []byte) (int, error) {
		p.rest = data
		n, err := io.Copy(io.Discard, digest)
		return int(n), err
	})); err != nil {
		return nil, err
	}
	return digest, nil
}

// piece reads one write after the other.
type piece struct{ rest []byte }

func (p *piece) Read(to []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(to, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

type writer func([]byte) (int, error)

func (w writer) Write(data []byte) (int, error) { return w(data) }
