package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/pack"
)

// ProgramError is the cause if a helper to install is a program, and the user has not allowed it.
type ProgramError struct {
	Archive *archive.Archive // what is unpacked here
	Maker   maker.Maker
	Before  *live.Shipped // that it replaces; nil: none, or a broken one
	Growth  pack.Growth   // what it wants beyond the version before
	Changed bool          // its program is another one than that of the version before
}

// Error says that it is a program.
func (e *ProgramError) Error() string {
	return "it is a program that will be run, and you have not allowed that"
}

// allow returns a [ProgramError] if a helper is a program that the user has not allowed.
func (r Request) allow(unpacked *archive.Archive, m maker.Maker, before installed, growth pack.Growth) error {
	if unpacked.Program == nil || r.AllowProgram {
		return nil
	}
	return &ProgramError{
		Archive: unpacked, Maker: m, Before: before.program, Growth: growth,
		Changed: before.program != nil && before.digest != unpacked.ProgramDigest(r.Arch),
	}
}

// programDigest is the digest of the program of an installed live helper; "" if it cannot be read.
func programDigest(dir fs.FS, program *live.Shipped, arch string) string {
	content, err := file.ReadFS(dir, path.Join(program.Name, program.Program(arch)), archive.MaxSize)
	if err != nil {
		return ""
	}
	return live.Digest(content)
}

// CheckProgram returns who made a live helper, or why its program must not be started: it changed since it was
// installed, another key is remembered for its name, or it has a reserved name without the user's consent. Keys is the file of
// the place where it is.
func (r KnownPacks) CheckProgram(keys string, c live.Candidate, reserved bool) (maker.Maker, error) {
	m, err := signerOf(keys, c)
	if err != nil {
		return "", err
	}
	all, err := r.read(keys)
	if err != nil {
		return "", err
	}
	err = all.checkMaker(m, c.Name, reserved)
	if _, isReserved := errors.AsType[*ReplacesError](err); isReserved {
		err = errReserved // nobody accepts a program afterwards
	}
	return m, err
}

// errReserved is the cause if a program has the name of a helper that comes with this one.
var errReserved = errors.New("a helper of this name comes with the program, and only 'helper pack install --replace' puts another one in its place")

// signerOf returns who signed an installed live helper: its files are those that were installed. Without a signature, the
// program is its own maker.
func signerOf(keys string, c live.Candidate) (maker.Maker, error) {
	if c.Own == nil {
		return c.Program, nil
	}
	text, err := file.ReadFS(c.Own, path.Join(c.Name, signatureFile), maxSignature)
	if errors.Is(err, fs.ErrNotExist) {
		return c.Program, nil
	}
	if err != nil {
		return "", fmt.Errorf("read signature: %w", file.Cause(err))
	}
	s, err := ParseSignature(text)
	if err != nil || s.Key == nil {
		return "", fmt.Errorf("%w: its signature is damaged", ErrChanged)
	}
	known, err := readKeys(keys)
	if err != nil {
		return "", err
	}
	m := maker.Maker(s.Key.String())
	if accepted := known.accepted(c.Name, m); accepted == nil || accepted.Program != c.Program {
		return "", fmt.Errorf("%w by %s, or was not installed by 'helper pack install'", ErrChanged, m)
	}
	return m, nil
}
