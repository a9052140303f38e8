package pack

import (
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"hotspot-helper/claims"
	"hotspot-helper/internal/file"
	"hotspot-helper/internal/maker"
	"hotspot-helper/internal/strict"
	"hotspot-helper/internal/web"
)

// packFormat is the version of the pack format that this program reads.
const packFormat = 1

// maxText is the size in bytes of the largest file of TOML.
const maxText = 1 << 20

// packFile is the content of a pack.toml.
type packFile struct {
	Format      int           `toml:"format"`
	Name        string        `toml:"name"`
	Version     string        `toml:"version"`
	Label       string        `toml:"label"`
	Description string        `toml:"description"`
	Claims      []claims.Spec `toml:"claim"`
}

//go:embed schema.json
var schema string

// Schema returns the JSON Schema of a pack.toml, for editors. The tests of this package generate
// it from the types.
func Schema() string { return schema }

// LoadAll reads every pack below a directory: each subdirectory with a pack.toml is one. Origin
// names the directory in messages. The error joins the mistakes of the packs that are left
// out. Flows are compiled at first use: see [Pack.Flows].
func LoadAll(dir fs.FS, origin string) ([]*Pack, error) {
	names, err := packNames(dir)
	if err != nil {
		return nil, fmt.Errorf("read packs in %s: %w", origin, err)
	}
	packs, errs := readPacks(dir, origin, names, nil)
	return slices.DeleteFunc(packs, func(p *Pack) bool { return p == nil }), errors.Join(errs...)
}

// packNames lists the subdirectories. Those with a pack.toml are packs.
func packNames(dir fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(dir, ".")
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names, err
}

// readPacks reads the packs in subdirectories concurrently. It returns a pack or an error for
// each, or neither if the subdirectory is not a pack.
func readPacks(dir fs.FS, origin string, names []string, bind binding) ([]*Pack, []error) {
	read := make([]*Pack, len(names))
	errs := make([]error, len(names))
	var next atomic.Int64
	var readers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(names)) {
		readers.Go(func() {
			var decoder strict.Decoder
			for i := next.Add(1) - 1; i < int64(len(names)); i = next.Add(1) - 1 {
				l := loader{dir: dir, sub: names[i], origin: origin, decoder: &decoder, bind: bind}
				if read[i], errs[i] = l.load(); l.none {
					read[i], errs[i] = nil, nil
				}
			}
		})
	}
	readers.Wait()
	return read, errs
}

// Load reads the pack in one subdirectory, which must have the pack's name, and compiles its
// flows. The error joins all mistakes in its files. Its maker is not known.
func Load(dir fs.FS, name, origin string) (*Pack, error) {
	return LoadChecked(dir, name, origin, nil)
}

// LoadChecked is [Load] with the check of a [Place].
func LoadChecked(dir fs.FS, name, origin string, check func(Candidate) (maker.Maker, error)) (*Pack, error) {
	l := loader{dir: dir, sub: name, origin: origin, decoder: &strict.Decoder{}}
	pack, err := l.load()
	if check != nil {
		l.files.check = func(flows Flows) (maker.Maker, error) { return check(Candidate{Name: name, Demands: flows.Demands()}) }
	}
	_, flowErr := l.files.compile()
	if err := errors.Join(err, flowErr); err != nil {
		return nil, err
	}
	return pack, nil
}

// ReadClaims reads the claims of a pack as its file has them. A loaded pack keeps only the
// compiled rules.
func ReadClaims(dir fs.FS, name string) ([]claims.Spec, error) {
	label := path.Join(name, "pack.toml")
	data, err := readFile(dir, label, maxText)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", label, err)
	}
	var raw packFile
	_, err = strict.Decode(label, data, &raw)
	return raw.Claims, err
}

// ReadName reads name and version of the content of a pack.toml, and checks nothing else of it.
func ReadName(file string, data []byte) (name, version string, err error) {
	var raw packFile
	doc, err := strict.Decode(file, data, &raw)
	if doc == nil {
		return "", "", err
	}
	return raw.Name, raw.Version, nil
}

// binding is [Place.Bind].
type binding func(name string, specs []claims.Spec) ([]claims.Spec, error)

// loader reads the files of one pack and collects their mistakes.
type loader struct {
	dir     fs.FS
	sub     string
	origin  string
	decoder *strict.Decoder
	bind    binding   // may be nil
	digest  hash.Hash // of all files
	files   *flowFiles
	none    bool            // there is no pack.toml
	lists   strict.Mistakes // in list files
	errs    []error

	patterns web.Patterns // of claims and flows
}

// load reads all files of the pack, and does not compile its flows.
func (l *loader) load() (*Pack, error) {
	pack := &Pack{Origin: l.origin}
	l.pack(pack)
	l.files = &flowFiles{
		authenticate: l.flow("authenticate.toml", true),
		maintain:     l.flow("maintain.toml", false),
		logoff:       l.flow("logoff.toml", false),
		patterns:     l.patterns,
	}
	pack.files = l.files
	l.digest.Sum(pack.digest[:0])
	if err := errors.Join(l.errs...); err != nil {
		return nil, err
	}
	return pack, nil
}

// label returns the name of a file in messages.
func (l *loader) label(name string) string { return path.Join(l.origin, l.sub, name) }

// readFile reads a file. The error does not have its name, because messages have it already.
func readFile(dir fs.FS, name string, most int) ([]byte, error) {
	data, err := file.ReadFS(dir, name, most)
	return data, file.Cause(err)
}

func (l *loader) read(name string, most int) ([]byte, error) {
	data, err := readFile(l.dir, path.Join(l.sub, name), most)
	if l.digest == nil {
		l.digest = sha256.New()
	}
	if err == nil {
		fmt.Fprintf(l.digest, "%s\n%d\n", name, len(data))
		l.digest.Write(data)
	}
	return data, err
}

func (l *loader) pack(pack *Pack) {
	const name = "pack.toml"
	data, err := l.read(name, maxText)
	if err != nil {
		l.none = errors.Is(err, fs.ErrNotExist)
		l.errs = append(l.errs, fmt.Errorf("read %s: %w", l.label(name), err))
		return
	}
	var raw packFile
	doc, err := l.decoder.Decode(l.label(name), data, &raw)
	if doc == nil {
		l.errs = append(l.errs, err)
		return
	}
	checkPack(doc, raw, l.sub)
	if l.bind != nil {
		bound, err := l.bind(l.sub, raw.Claims)
		if err != nil {
			l.errs = append(l.errs, fmt.Errorf("bind %s: %w", l.label(name), err))
			return
		}
		fmt.Fprintf(l.digest, "bound to %s\n", bound)
		raw.Claims = bound
	}
	pack.name, pack.Version, pack.Label, pack.Description = raw.Name, raw.Version, raw.Label, raw.Description
	pack.rules = l.claims(doc, raw.Claims)
	if err := errors.Join(doc.Err(), l.lists.Err()); err != nil {
		l.errs = append(l.errs, err)
	}
}

func (l *loader) claims(doc *strict.Document, specs []claims.Spec) *claims.Rules {
	rules, err := claims.CompileWith(&l.patterns, specs, func(name string) ([]byte, error) { return l.read(name, claims.MaxList) })
	mistakes, _ := errors.AsType[claims.SpecErrors](err)
	for _, mistake := range mistakes {
		for _, err := range unjoin(mistake.Err) {
			if listed, ok := errors.AsType[claims.ListError](err); ok {
				l.lists = append(l.lists, strict.Mistake{File: l.label(listed.File), Line: listed.Line, Text: listed.Err.Error()})
				continue
			}
			where := strict.Path{"claim", mistake.Number - 1}
			if errors.Is(err, claims.ErrNoCondition) && doc.Refused(where) {
				continue // it may have one, which was refused
			}
			doc.Report(where, "%v", err)
		}
	}
	return rules
}

// unjoin returns the errors that were joined, in order.
func unjoin(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, unjoin(one)...)
	}
	return all
}

var packVersion = regexp.MustCompile(`^\d+\.\d+\.\d+$`)

// MaxLabel is how many characters a label has at most, since it is a column of tables.
const MaxLabel = 24

func checkPack(doc *strict.Document, raw packFile, dirName string) {
	if raw.Format != packFormat {
		doc.Report(strict.Path{"format"}, "this program reads format = %d", packFormat)
	}
	if err := CheckName(raw.Name); err != nil {
		doc.Report(strict.Path{"name"}, "%v", err)
	} else if raw.Name != dirName {
		doc.Report(strict.Path{"name"}, "is %q, but the directory is %q", raw.Name, dirName)
	}
	if !packVersion.MatchString(raw.Version) {
		doc.Report(strict.Path{"version"}, "want three numbers like 1.0.0, not %q", raw.Version)
	}
	if n := len([]rune(raw.Label)); n == 0 || n > MaxLabel || strings.TrimSpace(raw.Label) != raw.Label || !isLine(raw.Label) {
		doc.Report(strict.Path{"label"}, "want 1 to %d printable characters, not %q", MaxLabel, raw.Label)
	}
	if !isLine(raw.Description) {
		doc.Report(strict.Path{"description"}, "want one line of printable characters")
	}
	if len(raw.Claims) == 0 {
		doc.Report(nil, "no [[claim]]: the pack would claim nothing")
	}
}

// isLine reports whether a text fits in a table: printable characters, no line break.
func isLine(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// flow reads a file with a flow.
func (l *loader) flow(name string, required bool) flowFile {
	data, err := l.read(name, maxText)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !required:
		return flowFile{}
	case err != nil:
		l.errs = append(l.errs, fmt.Errorf("read %s: %w", l.label(name), err))
		return flowFile{}
	}
	return flowFile{label: l.label(name), data: data}
}
