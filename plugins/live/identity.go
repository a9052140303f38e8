package live

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hotspot-helper/internal/confine"
	"hotspot-helper/internal/file"
	"hotspot-helper/internal/maker"
)

// maxProgram is the size in bytes of the largest file of a program.
const maxProgram = 256 << 20

// content is what the files of a program are: their paths, owners and bytes.
type content struct {
	pins []confine.Pin
	sum  hash.Cloner
}

// readContent reads the files of a program. Where, if it is not nil, returns the path that a file will have.
func readContent(ctx context.Context, program confine.Program, where func(path string) string) (content, error) {
	sum, ok := sha256.New().(hash.Cloner)
	if !ok {
		return content{}, errors.New("SHA-256 keeps its state to itself")
	}
	c := content{sum: sum}
	for _, path := range append([]string{program.Path}, program.Files...) {
		named := path
		if where != nil {
			named = where(path)
		}
		pin, err := hashFile(ctx, sum, path, named)
		if err != nil {
			return c, err
		}
		c.pins = append(c.pins, pin)
	}
	return c, nil
}

// maker is whom the user gives something to: the files of a program, what it is started with, and what it says of itself. Another
// program, or the same that suddenly talks to other hosts, has another maker.
func (c content) maker(r registration, described description) (maker.Maker, error) {
	said := []any{r.program.Args, described}
	if r.described != nil { // what the maker shipped is one thing: what the program may do, and what it sees, is part of it
		said = append(said, r.digest)
	}
	text, err := json.Marshal(said)
	if err != nil {
		return "", fmt.Errorf("identify %s: %w", r.program.Path, err)
	}
	sum, err := c.sum.Clone()
	if err != nil {
		return "", fmt.Errorf("identify %s: %w", r.program.Path, err)
	}
	sum.Write(text)
	return maker.Live(hex.EncodeToString(sum.Sum(nil))), nil
}

// Identify identifies the shipped helper in a subdirectory as [Helper.Maker] would without a signature, if the
// subdirectory was in another directory. It starts nothing.
func Identify(dir, name, final string) (maker.Maker, error) {
	r, err := readOwn(file.Dir{Path: dir}, dir, name)
	if err != nil {
		return "", err
	}
	if r.described == nil {
		return "", fmt.Errorf("identify %s: there is no %s", name, DescribedFile)
	}
	read, err := readContent(context.Background(), r.program, func(path string) string { return final + strings.TrimPrefix(path, dir) })
	if err != nil {
		return "", err
	}
	return read.maker(r, *r.described)
}

// hashFile adds a file and the name of its path to a sum, unless others could have written it.
func hashFile(ctx context.Context, sum io.Writer, path, named string) (confine.Pin, error) {
	if err := checkOwners(path); err != nil {
		return confine.Pin{}, fmt.Errorf("use %s: %w", path, err)
	}
	opened, err := file.Open(path)
	if err != nil {
		return confine.Pin{}, fmt.Errorf("use %s: %w", path, file.Cause(err))
	}
	defer opened.Close()
	info, err := opened.Stat()
	if err != nil {
		return confine.Pin{}, fmt.Errorf("use %s: %w", path, err)
	}
	pin := confine.PinOf(path, info)
	if err := checkOwner(info); err != nil {
		return pin, fmt.Errorf("use %s: %w", path, err)
	}
	if pin.Size > maxProgram {
		return pin, fmt.Errorf("use %s: %w", path, &file.TooLargeError{Most: maxProgram})
	}
	fmt.Fprintf(sum, "%q %d %d\n", named, pin.Owner, pin.Size)
	if n, err := io.Copy(sum, &heeding{ctx, io.LimitReader(opened, maxProgram+1)}); err != nil {
		return pin, fmt.Errorf("read %s: %w", path, err)
	} else if n > maxProgram {
		return pin, fmt.Errorf("use %s: %w", path, &file.TooLargeError{Most: maxProgram})
	}
	return pin, nil
}

// heeding reads until a context ends.
type heeding struct {
	ctx  context.Context
	from io.Reader
}

func (h *heeding) Read(text []byte) (int, error) {
	if err := h.ctx.Err(); err != nil {
		return 0, err
	}
	return h.from.Read(text)
}

// errOthers is the cause if another user could replace a program.
var errOthers = errors.New("another user could replace it")

// maxLinks is how many links a path may have, as the kernel has it.
const maxLinks = 40

// checkOwners refuses a file that anyone but the user and root could replace: it, each directory and each link on the
// way to it belong to one of them, and nobody else may write there.
func checkOwners(path string) error {
	at, links := "", 0
	for left := strings.Split(path, "/"); len(left) > 0; {
		next := filepath.Join("/", at, left[0])
		left = left[1:]
		target, err := checkStep(next)
		switch {
		case err != nil:
			return err
		case target == "":
			at = next
			continue
		case links == maxLinks:
			return fmt.Errorf("more than %d links", maxLinks)
		case filepath.IsAbs(target):
			at = ""
		}
		links++
		left = append(strings.Split(target, "/"), left...)
	}
	return nil
}

// checkStep checks one file, directory or link. It returns where a link points.
func checkStep(path string) (target string, err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", file.Cause(err)
	}
	if err := checkOwner(info); err != nil {
		return "", fmt.Errorf("%w: %s: %w", errOthers, path, err)
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		return "", nil
	}
	target, err = os.Readlink(path)
	return target, file.Cause(err)
}

// checkOwner is [file.CheckOwner], but for what all may write to: links, which have no mode, and sticky directories, such as
// /tmp, where nobody can replace what is another's, unless the directory is theirs.
func checkOwner(info fs.FileInfo) error {
	stat := confine.PinOf("", info)
	isOpen := info.Mode()&fs.ModeSymlink != 0 || info.IsDir() && info.Mode()&fs.ModeSticky != 0
	if isOpen && (stat.Owner == 0 || int64(stat.Owner) == int64(os.Geteuid())) {
		return nil
	}
	return file.CheckOwner(info)
}

// errChanged is the cause if a program is not the one that was described.
var errChanged = errors.New("its program changed since it was read; SIGHUP, or a change of its registration, makes the agent read it again")

// errReplaced is the cause if a program changed during a session. What it remembers of the session may be enough to
// use it, so it belongs to the maker, as secrets do.
var errReplaced = errors.New("its program changed, and what is remembered of a session belongs to the program that logged in: the session ends by itself, or on the portal's page, which 'helper open' shows")

// check returns an error if a file is not the one that was read, or others could have replaced it.
func (c content) check() error {
	for _, pin := range c.pins {
		if err := checkOwners(pin.Path); err != nil {
			return fmt.Errorf("use %s: %w", pin.Path, err)
		}
		if err := pin.Check(); err != nil {
			return err
		}
	}
	return nil
}
