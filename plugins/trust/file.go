package trust

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"hotspot-helper/plugins/archive"
)

// readFile reads a regular file of at most limit bytes.
func readFile(file string, limit int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return data, err
}

// cause removes the path from an error whose message has it already.
func cause(err error) error {
	if perr, ok := errors.AsType[*fs.PathError](err); ok {
		return perr.Err
	}
	return err
}

// OpenArchive reads an archive from its file.
func OpenArchive(file string) (*archive.Archive, error) {
	data, err := readFile(file, archive.MaxSize)
	if err != nil {
		return nil, fmt.Errorf("read archive %s: %w", file, cause(err))
	}
	a, err := archive.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return a, nil
}

// OpenSignature reads the signature beside an archive's file. The error is [fs.ErrNotExist]
// if there is none.
func OpenSignature(file string) (Signature, error) {
	text, err := readFile(file+Suffix, maxSignature)
	if err != nil {
		return Signature{}, fmt.Errorf("read signature %s: %w", file+Suffix, cause(err))
	}
	s, err := ParseSignature(text)
	if err != nil {
		return Signature{}, fmt.Errorf("%s: %w", file+Suffix, err)
	}
	return s, nil
}
