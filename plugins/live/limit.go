package live

import (
	"context"
	"slices"

	"hotspot-helper/internal/confine"
)

// Limit puts a process, which is about to become the program of a helper, under a limit of the memory that it and all
// processes that it will start use together, in bytes. It returns soon, also while the context lasts. An error
// says why the limit does not hold: the program runs without it, since each process is confined by itself, too.
type Limit func(ctx context.Context, helper string, pid int, memory int64) error

// MemoryTogether is what a [Limit] guarantees.
const MemoryTogether confine.Guarantee = "a limit of the memory of all its processes together"

// limited is a program with the limit of all its processes together.
func (h *Helper) limited(ctx context.Context, program confine.Program) confine.Program {
	if h.limit != nil {
		program.Limit = func(pid int) error { return h.limit(ctx, h.name, pid, h.together) }
	}
	return program
}

// Missing returns what could not be enforced when the program was last started.
func (h *Helper) Missing() []confine.Shortfall {
	missing := confine.Missing()
	if cause := h.unlimited.Load(); cause != nil && *cause != nil {
		missing = append(slices.Clone(missing), confine.Shortfall{Guarantee: MemoryTogether, Cause: *cause})
	}
	return missing
}
