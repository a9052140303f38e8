// Package archive makes one file of a pack, the same octets on every machine, and reads what others made.
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

	"github.com/BurntSushi/toml"

	"hotspot-helper/plugins/pack"
)

// Suffix is the end of an archive's file name.
const Suffix = ".hpack"

// MaxSize is how many octets an archive has at most. It is not compressed, so that
// nothing in it can become larger, and so that its octets depend on no compressor.
const MaxSize = 96 << 20

// packFile is the file that makes a directory a pack.
const packFile = "pack.toml"

// Archive is a pack as one piece: its files.
type Archive struct {
	Name    string // of the pack
	Version string // of the pack, three numbers

	files map[string][]byte // by path below the pack's directory
}

// File is the name of the archive's file, such as cafe-lumen-1.0.0.hpack.
func (a *Archive) File() string { return a.Name + "-" + a.Version + Suffix }

// Files lists the paths of the files below the pack's directory, sorted.
func (a *Archive) Files() []string { return slices.Sorted(maps.Keys(a.files)) }

// Encode writes the archive: a tar archive (POSIX.1-1988 ustar) of the pack's directory,
// regular files alone, sorted by their paths, mode 0644, of nobody, at the beginning of
// time.
func (a *Archive) Encode(to io.Writer) error {
	w := tar.NewWriter(to)
	for _, path := range a.Files() {
		content := a.files[path]
		err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: a.Name + "/" + path, Size: int64(len(content)), Mode: fileMode, Format: tar.FormatUSTAR})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			return fmt.Errorf("encode pack %s: %s: %w", a.Name, path, err)
		}
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("encode pack %s: %w", a.Name, err)
	}
	return nil
}

// size is how many octets Encode writes: in blocks, with one before each file and two at the end.
func (a *Archive) size() int {
	const block = 512
	size := 2 * block
	for _, content := range a.files {
		size += block + (len(content)+block-1)/block*block
	}
	return size
}

// comparison is a writer to octets that are there already.
type comparison struct{ rest []byte }

var errDiffers = errors.New("it is not as 'helper pack build' writes it: something is before, between or behind its files")

func (c *comparison) Write(p []byte) (int, error) {
	if !bytes.HasPrefix(c.rest, p) {
		return 0, errDiffers
	}
	c.rest = c.rest[len(p):]
	return len(p), nil
}

// Parse reads an archive that anybody may have made. It takes only the very octets
// that [Archive.Encode] writes, so that no two programs can see different files in it.
// That its TOML files are right is not looked at.
func Parse(data []byte) (*Archive, error) {
	a, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	return a, nil
}

func parse(data []byte) (*Archive, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("more than %d octets", MaxSize)
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
		if err := a.take(header, r); err != nil {
			return nil, err
		}
	}
	if err := a.settle(); err != nil {
		return nil, err
	}
	own := comparison{data}
	if err := a.Encode(&own); errors.Is(err, errDiffers) || err == nil && len(own.rest) > 0 {
		return nil, errDiffers
	} else if err != nil {
		return nil, err
	}
	return a, nil
}

// take reads one file. Sparse files, links and long names come in other formats than ustar.
func (a *Archive) take(header *tar.Header, content io.Reader) error {
	if header.Typeflag != tar.TypeReg || header.Format != tar.FormatUSTAR {
		return fmt.Errorf("%q is no regular file of a ustar archive", header.Name)
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

// settle checks what can be seen only of all files together, and reads name and version.
func (a *Archive) settle() error {
	if err := checkTogether(a.Files()); err != nil {
		return err
	}
	if size := a.size(); size > MaxSize {
		return fmt.Errorf("%d octets, at most %d", size, MaxSize)
	}
	text, ok := a.files[packFile]
	if !ok {
		return errors.New("there is no " + packFile)
	}
	// What else is in it, and whether it is to the letter, is for the loader of packs.
	var raw struct {
		Name    string `toml:"name"`
		Version string `toml:"version"`
	}
	if err := toml.Unmarshal(text, &raw); err != nil {
		return fmt.Errorf("%s: %w", packFile, err)
	}
	if err := pack.CheckName(raw.Name); err != nil {
		return fmt.Errorf("%s: name: %w", packFile, err)
	}
	if len(raw.Name) > maxName {
		return fmt.Errorf("%s: name: %d characters, at most %d", packFile, len(raw.Name), maxName)
	}
	if raw.Name != a.Name {
		return fmt.Errorf("%s: name: is %q, but the directory is %q", packFile, raw.Name, a.Name)
	}
	if _, err := ParseVersion(raw.Version); err != nil {
		return fmt.Errorf("%s: version: %w", packFile, err)
	}
	a.Version = raw.Version
	return nil
}
