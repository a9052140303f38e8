package trust

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"hotspot-helper/plugins/archive"
)

// readSome reads a file that has at most so many octets.
func readSome(file string, most int64) ([]byte, error) {
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
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("more than %d octets", most)
	}
	return data, err
}

// cause takes the path off an error: the message has it already.
func cause(err error) error {
	if perr, ok := errors.AsType[*fs.PathError](err); ok {
		return perr.Err
	}
	return err
}

// OpenArchive reads an archive from its file.
func OpenArchive(file string) (*archive.Archive, error) {
	data, err := readSome(file, archive.MaxSize)
	if err != nil {
		return nil, fmt.Errorf("read archive %s: %w", file, cause(err))
	}
	a, err := archive.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return a, nil
}

// OpenSignature reads the signature beside an archive's file. The error is
// [fs.ErrNotExist] where there is none.
func OpenSignature(file string) (Signature, error) {
	text, err := readSome(file+Suffix, maxSignature)
	if err != nil {
		return Signature{}, fmt.Errorf("read signature %s: %w", file+Suffix, cause(err))
	}
	s, err := ParseSignature(text)
	if err != nil {
		return Signature{}, fmt.Errorf("%s: %w", file+Suffix, err)
	}
	return s, nil
}
