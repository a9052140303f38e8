package trust

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"

	"aead.dev/minisign"

	"hotspot-helper/internal/file"
	"hotspot-helper/plugins/archive"
)

// OpenArchive reads an archive from its file.
func OpenArchive(path string) (*archive.Archive, error) {
	data, err := file.Read(path, archive.MaxSize)
	if err != nil {
		return nil, fmt.Errorf("read archive %s: %w", path, file.Cause(err))
	}
	a, err := archive.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// OpenSigned reads an archive and the signature beside it. The key is chosen by the pack's name
// and the signature, both still without proof. The signature is checked before anything in the
// archive is read. If there is none, the error is [fs.ErrNotExist].
func OpenSigned(path string, choose func(name string, s Signature) (minisign.PublicKey, error)) (*archive.Archive, Signature, error) {
	data, err := file.Read(path, archive.MaxSize)
	if err != nil {
		return nil, Signature{}, fmt.Errorf("read archive %s: %w", path, file.Cause(err))
	}
	s, err := OpenSignature(path)
	if err != nil {
		return nil, s, err
	}
	key, err := choose(s.pack(), s)
	if err != nil {
		return nil, s, err
	}
	digest := minisign.NewReader(bytes.NewReader(data))
	if _, err := io.Copy(io.Discard, digest); err != nil {
		return nil, s, fmt.Errorf("read archive %s: %w", path, err)
	}
	if err := s.verifyDigest(digest, filepath.Base(path), key); err != nil {
		return nil, s, err
	}
	a, err := archive.Parse(data)
	if err != nil {
		return nil, s, fmt.Errorf("%s: %w", path, err)
	}
	return a, s, s.verifyName(a)
}

// Open reads the archive of a request, and checks its signature with the key that [Place.Install]
// requires. The error is [fs.ErrNotExist] if there is none.
func (p Place) Open(path string, r *Request) error {
	a, s, err := OpenSigned(path, func(name string, s Signature) (minisign.PublicKey, error) {
		known, err := p.KnownKey(name)
		if err != nil {
			return minisign.PublicKey{}, err
		}
		r.Signature = &s
		key := r.signer(known)
		switch {
		case key != nil:
			return *key, nil
		case known != nil && !r.AcceptKey:
			return minisign.PublicKey{}, r.otherKey(known, nil)
		}
		return minisign.PublicKey{}, ErrNoKey
	})
	if err != nil {
		return err
	}
	r.Archive, r.Signature = a, &s
	return nil
}

// OpenSignature reads the signature beside an archive's file. The error is [fs.ErrNotExist]
// if there is none.
func OpenSignature(path string) (Signature, error) {
	text, err := file.Read(path+Suffix, maxSignature)
	if err != nil {
		return Signature{}, fmt.Errorf("read signature %s: %w", path+Suffix, file.Cause(err))
	}
	s, err := ParseSignature(text)
	if err != nil {
		return Signature{}, fmt.Errorf("%s: %w", path+Suffix, err)
	}
	return s, nil
}
