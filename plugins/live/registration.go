package live

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"hotspot-helper/claims"
	"hotspot-helper/internal/confine"
	"hotspot-helper/internal/file"
	"hotspot-helper/internal/maker"
	"hotspot-helper/internal/strict"
	"hotspot-helper/plugins/pack"
)

// API is the version of the protocol that this program speaks.
const API = 1

// suffix ends the name of a registration.
const suffix = ".toml"

// registrationFile is the content of a registration.
type registrationFile struct {
	API             int           `toml:"api"`
	Exec            string        `toml:"exec"`             // path of the program, relative to the directory of the file; {arch}: see archWord
	Args            []string      `toml:"args"`             // its arguments
	Files           []string      `toml:"files"`            // what it may also read, as Exec
	Memory          int           `toml:"memory"`           // MiB; 0: defaultMemory and defaultTogether
	Processes       bool          `toml:"processes"`        // it may start programs of the system
	AllowUnconfined bool          `toml:"allow_unconfined"` // it runs even where it cannot be confined
	Networks        []claims.Spec `toml:"network"`          // which networks it may see
}

// The limits of a registration.
const (
	maxRegistration = 64 << 10 // bytes
	maxArgs         = 32
	maxProgramFiles = 64
	minMemory       = 16   // MiB
	maxMemory       = 1024 // MiB
	defaultMemory   = 256  // MiB that each process may have mapped to write to
	defaultTogether = 64   // MiB that all processes may use
)

// memory is how many MiB each process may write to.
func (f registrationFile) memory() int { return cmp.Or(f.Memory, defaultMemory) }

// together is how many MiB all processes may use.
func (f registrationFile) together() int { return cmp.Or(f.Memory, defaultTogether) }

// registration is a helper as it is registered.
type registration struct {
	name     string
	origin   string // the file
	digest   string // of the file
	program  confine.Program
	together int64 // bytes of memory of all its processes, for a [Limit]
	rules    *claims.Rules

	// described is what the maker says that the program says of itself; nil: it was not shipped.
	described *description
	// check returns who made the helper that has these files, or why it must not be started; nil: it is its own maker.
	check      func(program maker.Maker) (maker.Maker, error)
	overclaims []string // warnings of networks with more confidence than counts
}

// readRegistration reads the registration NAME.toml in a subdirectory, "." for the directory itself. The error
// has all mistakes.
func readRegistration(dir fs.FS, origin, below, name string) (registration, error) {
	origin = filepath.Join(origin, below)
	label := filepath.Join(origin, name+suffix)
	data, err := file.ReadFS(dir, path.Join(below, name+suffix), maxRegistration)
	if err != nil {
		return registration{}, fmt.Errorf("read %s: %w", label, file.Cause(err))
	}
	var raw registrationFile
	doc, err := strict.Decode(label, data, &raw)
	if doc == nil {
		return registration{}, err
	}
	if err := pack.CheckName(name); err != nil {
		doc.Report(nil, "name of the file: %v", err)
	}
	checkRegistration(doc, raw)
	r := registration{name: name, origin: label, digest: Digest(data), together: int64(raw.together()) << 20, rules: compileNetworks(doc, raw.Networks)}
	for i, spec := range raw.Networks {
		if spec.Overclaims() {
			r.overclaims = append(r.overclaims, fmt.Sprintf("network %d: confidence %q without evidence of the portal: it counts as low; add what only this portal has, such as portal_host or portal_path", i+1, spec.Confidence))
		}
	}
	place := func(path string) string {
		path = forArch(path, runtime.GOARCH)
		if filepath.IsAbs(path) {
			return filepath.Clean(path)
		}
		return filepath.Join(origin, path)
	}
	r.program = confine.Program{
		Path: place(raw.Exec), Args: raw.Args, Memory: int64(raw.memory()) << 20,
		Processes: raw.Processes, Unconfined: raw.AllowUnconfined,
	}
	for _, path := range raw.Files {
		r.program.Files = append(r.program.Files, place(path))
	}
	return r, doc.Err()
}

func checkRegistration(doc *strict.Document, raw registrationFile) {
	if raw.API != API {
		doc.Report(strict.Path{"api"}, "this program speaks api = %d", API)
	}
	if raw.Exec == "" {
		doc.Report(strict.Path{"exec"}, "want the path of the program")
	}
	if raw.Memory != 0 && (raw.Memory < minMemory || raw.Memory > maxMemory) {
		doc.Report(strict.Path{"memory"}, "want %d to %d MiB", minMemory, maxMemory)
	}
	if len(raw.Args) > maxArgs {
		doc.Report(strict.Path{"args"}, "%d, at most %d", len(raw.Args), maxArgs)
	}
	if len(raw.Files) > maxProgramFiles {
		doc.Report(strict.Path{"files"}, "%d, at most %d", len(raw.Files), maxProgramFiles)
	}
	if slices.ContainsFunc(slices.Concat(raw.Args, raw.Files, []string{raw.Exec}), func(text string) bool { return strings.ContainsRune(text, 0) }) {
		doc.Report(nil, "a path or an argument has a byte 0")
	}
	if len(raw.Networks) == 0 {
		doc.Report(nil, "no [[network]]: the helper would see none")
	}
}

// compileNetworks compiles the patterns of networks. They are those of claims.
func compileNetworks(doc *strict.Document, specs []claims.Spec) *claims.Rules {
	rules, err := claims.Compile(specs, func(string) ([]byte, error) { return nil, errors.New("a registration has no lists") })
	mistakes, _ := errors.AsType[claims.SpecErrors](err)
	for _, mistake := range mistakes {
		doc.Report(strict.Path{"network", mistake.Number - 1}, "%v", mistake.Err)
	}
	return rules
}
