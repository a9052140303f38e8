package trust

import (
	"errors"
	"fmt"
	"io/fs"

	"hotspot-helper/internal/file"
	"hotspot-helper/plugins/archive"
)

// cause removes the path from an error whose message has it already.
func cause(err error) error {
	if perr, ok := errors.AsType[*fs.PathError](err); ok {
		return perr.Err
	}
	return err
}

// OpenArchive reads an archive from its file.
func OpenArchive(path string) (*archive.Archive, error) {
	data, err := file.Read(path, archive.MaxSize)
	if err != nil {
		return nil, fmt.Errorf("read archive %s: %w", path, cause(err))
	}
	a, err := archive.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// OpenSignature reads the signature beside an archive's file. The error is [fs.ErrNotExist]
// if there is none.
func OpenSignature(path string) (Signature, error) {
	text, err := file.Read(path+Suffix, maxSignature)
	if err != nil {
		return Signature{}, fmt.Errorf("read signature %s: %w", path+Suffix, cause(err))
	}
	s, err := ParseSignature(text)
	if err != nil {
		return Signature{}, fmt.Errorf("%s: %w", path+Suffix, err)
	}
	return s, nil
}
