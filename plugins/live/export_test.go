package live

import (
	"context"
	"io"
	"log/slog"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/internal/confine"
)

// Patience makes a helper wait longer for claims, since a machine that runs many tests is slow.
func (h *Helper) Patience(d time.Duration) { h.claimTime = d }

// ClaimOnce starts the program for one claim.
func (h *Helper) ClaimOnce(ctx context.Context, facts *claims.Facts) error {
	return h.converse(ctx, command{h.capacity.claims, time.Minute, nil}, func(c *conn) error {
		return h.answer(c, []question{{facts.Network, facts.Portal(), make(chan answered, 1)}})
	})
}

// BeforeStart calls a function after the program was checked, before it starts.
func (h *Helper) BeforeStart(do func()) {
	h.start = func(program confine.Program) (*confine.Process, error) {
		do()
		return confine.Start(program)
	}
}

// OnStart calls a function with each program that starts.
func (h *Helper) OnStart(do func(*confine.Process)) {
	h.start = func(program confine.Program) (*confine.Process, error) {
		process, err := confine.Start(program)
		if err == nil {
			do(process)
		}
		return process, err
	}
}

// LogErrors logs the standard error of a program to its end.
func LogErrors(from io.Reader, logger *slog.Logger, mask func(string) string) {
	<-logErrors(from, "odd", logger, mask).done
}
