package confine

import (
	"errors"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
)

// Guarantee is something that a confined program cannot do.
type Guarantee string

// The guarantees that need something of the kernel.
const (
	NoFiles       Guarantee = "no access to files of the user"
	NoSystemCalls Guarantee = "no network, and no other process"
)

// Shortfall is a guarantee that cannot be enforced here.
type Shortfall struct {
	Guarantee Guarantee
	Cause     error
}

// Missing returns what cannot be enforced here; nothing: all can. A program is refused then, unless it is
// [Program.Unconfined].
func Missing() []Shortfall {
	var missing []Shortfall
	if _, err := landlockVersion(); err != nil {
		missing = append(missing, Shortfall{NoFiles, err})
	}
	if _, err := arch.GetInfo(""); err != nil {
		missing = append(missing, Shortfall{NoSystemCalls, err})
	} else if !seccomp.Supported() {
		missing = append(missing, Shortfall{NoSystemCalls, errors.New("the kernel has no seccomp, or it is forbidden here, for example by SystemCallFilter= of a unit")})
	}
	return missing
}
