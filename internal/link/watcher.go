package link

import (
	"context"
	"errors"
	"log/slog"
)

// Watcher reports the links of this machine. The zero value is ready to use.
type Watcher struct {
	Logger *slog.Logger // nil discards
}

// Run reports the state of every link now and after each change, until the
// context ends; then it returns nil.
func (w *Watcher) Run(ctx context.Context, report func([]State)) error {
	return errors.ErrUnsupported
}

// Read returns the present state of one interface.
func Read(name string) (State, error) { return State{}, errors.ErrUnsupported }
