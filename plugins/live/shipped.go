package live

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"hotspot-helper/claims"
	"hotspot-helper/internal/file"
	"hotspot-helper/internal/strict"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/portal/flow"
)

// DescribedFile is the file of a shipped helper with what its program says of itself, so that people can read it
// before the program was ever started.
const DescribedFile = "describe.json"

// maxDescribed is the size in bytes of the largest [DescribedFile].
const maxDescribed = 64 << 10

// Registration is the name of the file that registers a helper.
func Registration(name string) string { return name + suffix }

// Shipped is a helper as its maker ships it, read without starting its program.
type Shipped struct {
	Name string

	registration registrationFile
	description  description
}

// ReadShipped reads the registration of a helper that is shipped, and what its program says of itself. All paths
// are below the helper's directory. The error has all mistakes.
func ReadShipped(name string, registration, described []byte) (*Shipped, error) {
	s := &Shipped{Name: name}
	doc, err := strict.Decode(Registration(name), registration, &s.registration)
	if doc == nil {
		return nil, err
	}
	checkRegistration(doc, s.registration)
	compileNetworks(doc, s.registration.Networks)
	if s.registration.AllowUnconfined {
		doc.Report(strict.Path{"allow_unconfined"}, "only the user of a computer may allow that")
	}
	if s.registration.Exec != "" && !isBelow(s.registration.Exec) {
		doc.Report(strict.Path{"exec"}, "want a path below the directory of this file: what is shipped runs no other program")
	}
	for i, path := range s.registration.Files {
		if !isBelow(path) {
			doc.Report(strict.Path{"files", i}, "want a path below the directory of this file")
		}
	}
	s.description, err = readDescribed(described, name)
	if err := errors.Join(doc.Err(), err); err != nil {
		return nil, err
	}
	return s, nil
}

// isBelow reports whether a path of a registration leads to a file below its directory, in one spelling.
func isBelow(name string) bool { return fs.ValidPath(name) && name != "." }

// readDescribed reads a [DescribedFile]. It accepts the exact bytes that [Helper.Described] returns.
func readDescribed(text []byte, name string) (description, error) {
	if len(text) > maxDescribed {
		return description{}, fmt.Errorf("%s: %d bytes, at most %d", DescribedFile, len(text), maxDescribed)
	}
	d, err := parseDescription(text, name)
	if err != nil {
		return d, fmt.Errorf("%s: %w", DescribedFile, err)
	}
	if same, err := d.encode(); err != nil || !bytes.Equal(same, text) {
		return d, fmt.Errorf("%s: it is not as 'helper pack build' writes it", DescribedFile)
	}
	return d, nil
}

// encode returns the description as a file.
func (d description) encode() ([]byte, error) {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode description: %w", err)
	}
	return append(text, '\n'), nil
}

// Described returns the content of [DescribedFile]: what the program says of itself.
func (h *Helper) Described() ([]byte, error) { return h.description.encode() }

// OpenShipped reads the helper in a subdirectory.
func OpenShipped(dir fs.FS, name string) (*Shipped, error) {
	registration, err := file.ReadFS(dir, path.Join(name, Registration(name)), maxRegistration)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", Registration(name), file.Cause(err))
	}
	described, err := file.ReadFS(dir, path.Join(name, DescribedFile), maxDescribed)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", DescribedFile, file.Cause(err))
	}
	return ReadShipped(name, registration, described)
}

// Version is the version of the helper: three numbers.
func (s *Shipped) Version() string { return s.description.Version }

// Inputs returns what the user is asked for.
func (s *Shipped) Inputs() []flow.Input { return s.description.flowInputs() }

// Terms returns what the helper may ask to accept in the user's name.
func (s *Shipped) Terms() []string { return s.description.terms() }

// Hosts are the patterns of hosts that it talks to, and of those among them that networks share.
func (s *Shipped) Hosts() (hosts, shared []string) {
	return s.description.Hosts, s.description.SharedHosts
}

// SecretFields are the names of the fields that it computes from secrets.
func (s *Shipped) SecretFields() []string { return s.description.SecretFields }

// Networks says in words which networks it may see.
func (s *Shipped) Networks() []string { return networksInWords(s.registration.Networks) }

// Args are the arguments of its program.
func (s *Shipped) Args() []string { return s.registration.Args }

// Memory is how many MiB each of its processes may write to.
func (s *Shipped) Memory() int { return s.registration.memory() }

// Processes reports whether it may start programs of the system.
func (s *Shipped) Processes() bool { return s.registration.Processes }

// Program is the path of the program for an architecture, below the helper's directory.
func (s *Shipped) Program(arch string) string { return forArch(s.registration.Exec, arch) }

// Files are the paths of all files of the program for an architecture.
func (s *Shipped) Files(arch string) []string {
	files := []string{s.Program(arch)}
	for _, path := range s.registration.Files {
		files = append(files, forArch(path, arch))
	}
	return files
}

// ForAll reports whether the same files serve all architectures.
func (s *Shipped) ForAll() bool {
	return !slices.ContainsFunc(append(slices.Clone(s.registration.Files), s.registration.Exec), func(path string) bool { return strings.Contains(path, archWord) })
}

// Architectures returns the architectures that there are programs for, of a helper with the given files. The error
// says which file is missing, or is no program of its architecture.
func (s *Shipped) Architectures(files map[string][]byte) ([]string, error) {
	var found []string
	for _, arch := range Architectures() {
		has := func(path string) bool { _, ok := files[path]; return ok }
		own := slices.DeleteFunc(s.Files(arch), func(path string) bool { return slices.Contains(s.Files(archWord), path) })
		if len(own) > 0 && !slices.ContainsFunc(own, has) {
			continue
		}
		if missing := slices.DeleteFunc(s.Files(arch), has); len(missing) > 0 {
			return nil, fmt.Errorf("%s: there is no %q", Registration(s.Name), missing[0])
		}
		meant := arch
		if s.Program(arch) == s.registration.Exec {
			meant = ""
		}
		if err := checkProgram(files[s.Program(arch)], meant); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Program(arch), err)
		}
		found = append(found, arch)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: there is no program %q for any of %s", Registration(s.Name), s.registration.Exec, strings.Join(Architectures(), ", "))
	}
	return found, nil
}

// Demands are what the helper wants of the user.
func (s *Shipped) Demands() pack.Demands {
	d := pack.Demands{
		Hosts: slices.Clone(s.description.Hosts), Shared: slices.Clone(s.description.SharedHosts), Terms: slices.Clone(s.Terms()),
		SecretFields: slices.Clone(s.description.SecretFields), Processes: s.registration.Processes,
	}
	for _, in := range s.description.Inputs {
		d.Inputs = append(d.Inputs, in.Name)
		if in.Secret {
			d.Secret = append(d.Secret, in.Name)
		}
	}
	return d
}

// Digest is the SHA-256 digest of a program, in hexadecimal digits.
func Digest(content []byte) string { return fmt.Sprintf("%x", sha256.Sum256(content)) }

func networksInWords(specs []claims.Spec) []string {
	words := make([]string, len(specs))
	for i, spec := range specs {
		words[i] = spec.String()
	}
	return words
}
