package configs

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Input is what the user provides to a helper, such as a card number or a PIN:
// a value that stands in the configuration, or a file that holds it. It may be
// a secret, so the value sits in a closure, where no formatter finds it.
type Input struct {
	value      func() string // nil: see file
	file       string        // path, or the name of a credential
	credential bool
	directory  string // of systemd's credentials; empty: the process was given none
}

// Literal is an input whose value is known.
func Literal(value string) Input { return Input{value: func() string { return value }} }

// File is an input whose value is the content of a file, see [ReadSecret].
func File(path string) Input { return Input{file: path} }

// Read returns the value. A file is read each time, so that one that changed
// counts at once. The error is a [*SecretError].
func (i Input) Read() (string, error) {
	switch {
	case i.value != nil:
		return i.value(), nil
	case i.credential && i.directory == "":
		return "", &SecretError{
			Path: credentialPrefix + i.file,
			Text: "$CREDENTIALS_DIRECTORY is not set",
			hint: fmt.Sprintf("give the systemd unit LoadCredential=%s:PATH, and run the agent by it", i.file),
		}
	case i.credential:
		return readCredential(filepath.Join(i.directory, i.file))
	default:
		return ReadSecret(i.file)
	}
}

// String tells where the value is from, and never the value.
func (i Input) String() string {
	switch {
	case i.value != nil:
		return "[redacted]"
	case i.credential:
		return credentialPrefix + i.file
	default:
		return i.file
	}
}

// The places that a value may be in.
const (
	OriginConfiguration = "configuration" // the configuration itself
	OriginFile          = "file"
	OriginCredential    = "credential" // of systemd
)

// Origin tells where the value is: one of the places, and the path of the file or the
// name of the credential.
func (i Input) Origin() (place, path string) {
	switch {
	case i.value != nil:
		return OriginConfiguration, ""
	case i.credential:
		return OriginCredential, i.file
	default:
		return OriginFile, i.file
	}
}

// credentialPrefix marks the name of a credential of systemd where a path could stand.
const credentialPrefix = "credential:"

func (p parser) input(written rawInput, at ...any) Input {
	switch name, credential := strings.CutPrefix(written.File, credentialPrefix); {
	case written.value != nil && written.value() == "":
		p.Report(at, "is empty: leave it out, or give it a value")
	case written.value != nil:
		return Input{value: written.value}
	case credential && !isCredentialName(name):
		p.Report(append(at, "file"), "want the name of a credential, as in credential:pin")
	case credential:
		return Input{file: name, credential: true, directory: p.env.get("CREDENTIALS_DIRECTORY")}
	default:
		return Input{file: p.path(written.File, append(at, "file")...)}
	}
	return Input{}
}

// isCredentialName says whether systemd could have named a file so: it lies in
// the directory of credentials and nowhere else.
func isCredentialName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}
