// Package archive packs a pack, or a live helper with programs for several architectures, into one file, with the same
// bytes on every machine, and reads such files from any origin.
package archive

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/pack"
)

// Suffix is the end of an archive's file name.
const Suffix = ".hpack"

// MaxSize is how many bytes an archive has at most. It is not compressed, so that nothing in
// it can expand, and so that its bytes depend on no compressor.
const MaxSize = 96 << 20

// packFile is the file that makes a directory a pack.
const packFile = "pack.toml"

// Archive is the files of a pack or of a live helper.
type Archive struct {
	Name    string        // of the helper
	Version string        // of the helper, three numbers
	Program *live.Shipped // nil: it is a pack

	files         map[string][]byte // by path below the helper's directory
	architectures []string          // that it has programs for
}

// File returns the name of the archive's file, such as cafe-lumen-1.0.0.hpack.
func (a *Archive) File() string { return a.Name + "-" + a.Version + Suffix }

// Files lists the paths of the files below the helper's directory, sorted.
func (a *Archive) Files() []string { return slices.Sorted(maps.Keys(a.files)) }

// Encode writes the archive: a tar archive (POSIX.1-1988 ustar) of the helper's directory,
// regular files only, sorted by path, with mode 0644, no owner and time zero.
func (a *Archive) Encode(to io.Writer) error {
	w := tar.NewWriter(to)
	for _, path := range a.Files() {
		content := a.files[path]
		err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: a.Name + "/" + path, Size: int64(len(content)), Mode: fileMode, Format: tar.FormatUSTAR})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			return fmt.Errorf("encode %s: %s: %w", a.Name, path, err)
		}
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("encode %s: %w", a.Name, err)
	}
	return nil
}

// Size returns how many bytes Encode writes: whole blocks, one before each file and two at
// the end.
func (a *Archive) Size() int {
	const block = 512
	size := 2 * block
	for _, content := range a.files {
		size += block + (len(content)+block-1)/block*block
	}
	return size
}

// ErrNotCanonical is the cause if an archive has other bytes than [Archive.Encode] writes.
var ErrNotCanonical = errors.New("not in canonical form: something is before, between or behind its files")

// comparison is a writer that compares what is written with given bytes.
type comparison struct{ rest []byte }

func (c *comparison) Write(p []byte) (int, error) {
	if !bytes.HasPrefix(c.rest, p) {
		return 0, ErrNotCanonical
	}
	c.rest = c.rest[len(p):]
	return len(p), nil
}

// ParseError is why bytes are no archive of a helper.
type ParseError struct{ Err error }

func (e *ParseError) Error() string { return "read archive: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *ParseError) Unwrap() error { return e.Err }

// Parse reads an archive of any origin. It accepts only the exact bytes that [Archive.Encode]
// writes, so that no two programs can see different files in it. It does not check the TOML
// files of a pack.
func Parse(data []byte) (*Archive, error) {
	a, err := parse(data)
	if err != nil {
		return nil, &ParseError{err}
	}
	return a, nil
}

func parse(data []byte) (*Archive, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("more than %d bytes", MaxSize)
	}
	a := &Archive{files: map[string][]byte{}}
	r := tar.NewReader(bytes.NewReader(data))
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := a.readEntry(header, r); err != nil {
			return nil, err
		}
	}
	if err := a.complete(); err != nil {
		return nil, err
	}
	same := comparison{data}
	switch err := a.Encode(&same); {
	case errors.Is(err, ErrNotCanonical), err == nil && len(same.rest) > 0:
		return nil, ErrNotCanonical
	case err != nil:
		return nil, err
	}
	return a, nil
}

// readEntry reads one file. Sparse files, links and long names need other formats than ustar.
func (a *Archive) readEntry(header *tar.Header, content io.Reader) error {
	if header.Typeflag != tar.TypeReg || header.Format != tar.FormatUSTAR {
		return fmt.Errorf("%q is not a regular file of a ustar archive", header.Name)
	}
	name, path, _ := strings.Cut(header.Name, "/")
	if len(a.files) == 0 {
		a.Name = name
	}
	if name != a.Name {
		return fmt.Errorf("%q is not below %q, as the first file is", header.Name, a.Name)
	}
	if _, twice := a.files[path]; twice {
		return fmt.Errorf("%q is there twice", header.Name)
	}
	if len(a.files) == maxFiles {
		return fmt.Errorf("more than %d files", maxFiles)
	}
	if err := checkFile(path, header.Size); err != nil {
		return err
	}
	data, err := io.ReadAll(content)
	if err != nil {
		return fmt.Errorf("%q: %w", header.Name, err)
	}
	a.files[path] = data
	return nil
}

// complete checks all files together and reads name and version.
func (a *Archive) complete() error {
	if err := checkPaths(a.Files()); err != nil {
		return err
	}
	if size := a.Size(); size > MaxSize {
		return fmt.Errorf("%d bytes, at most %d", size, MaxSize)
	}
	if err := a.checkName(); err != nil {
		return err
	}
	text, isPack := a.files[packFile]
	_, isProgram := a.files[live.Registration(a.Name)]
	switch {
	case isPack && isProgram && packFile != live.Registration(a.Name):
		return fmt.Errorf("it is a pack and a live helper at once: it has %s and %s", packFile, live.Registration(a.Name))
	case isPack:
		return a.completePack(text)
	case isProgram:
		return a.completeProgram()
	}
	return fmt.Errorf("there is neither %s nor %s", packFile, live.Registration(a.Name))
}

// checkName checks the name of the helper, which is that of its directory.
func (a *Archive) checkName() error {
	if err := pack.CheckName(a.Name); err != nil {
		return fmt.Errorf("name: %w", err)
	}
	if len(a.Name) > maxName {
		return fmt.Errorf("name: %d characters, at most %d", len(a.Name), maxName)
	}
	return nil
}

// completePack checks name and version of a pack.
func (a *Archive) completePack(text []byte) error {
	// The loader of packs checks the rest.
	name, version, err := pack.ReadName(packFile, text)
	if err != nil {
		return err
	}
	if err := pack.CheckName(name); err != nil {
		return fmt.Errorf("%s: name: %w", packFile, err)
	}
	if name != a.Name {
		return fmt.Errorf("%s: name: is %q, but the directory is %q", packFile, name, a.Name)
	}
	if _, err := ParseVersion(version); err != nil {
		return fmt.Errorf("%s: version: %w", packFile, err)
	}
	a.Version = version
	return nil
}
