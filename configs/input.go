package configs

import "strings"

// Input is what the user provides to a helper, such as a card number or a PIN: a value in
// the configuration, or a file that holds it. It may be a secret, so the value is in a
// closure, which no formatter prints.
type Input struct {
	value      func() string // nil: see file
	file       string        // path, or the name of a credential
	credential bool
	directory  string // of systemd's credentials; empty: systemd gave the process none
}

// Read returns the value. A file is read each time, so that a change counts at once. The
// error does not contain the value.
func (i Input) Read() (string, error) {
	switch {
	case i.value != nil:
		return i.value(), nil
	case i.credential:
		return readCredential(i.directory, i.file)
	default:
		return readSecret(i.file)
	}
}

// The places of a value.
const (
	OriginConfiguration = "configuration" // the configuration itself
	OriginFile          = "file"
	OriginCredential    = "credential" // of systemd
)

// Origin returns where the value is: one of the places, and the path of the file or the
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

// credentialPrefix marks the name of a systemd credential in place of a path.
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

// isCredentialName reports whether a name is that of a file in the directory of credentials.
func isCredentialName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}
