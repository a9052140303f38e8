// Package live has helpers that are programs of others: they compute, confined to their standard streams,
// and ask the agent for each exchange with a portal. docs/live-helpers.md defines the protocol.
package live

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"hotspot-helper/internal/confine"
	"hotspot-helper/internal/maker"
	"hotspot-helper/portal/flow"
)

// Helper is a live helper. Its program is started for one command and ended after the answer.
type Helper struct {
	registration

	description description
	content     content
	maker       maker.Maker // the program, and what it says of itself
	signer      maker.Maker // who signed it; empty: nobody
	logger      atomic.Pointer[slog.Logger]
	claims      claimQueue
	notes       *notes      // what it says that nobody reads; nil: nobody asks
	noMaintain  atomic.Bool // it said that it has no Maintain
	claimTime   time.Duration
	capacity    *Capacity
	limit       Limit
	unlimited   atomic.Pointer[error] // of the last start

	// start replaces confine.Start in tests.
	start func(confine.Program) (*confine.Process, error)
}

// The limits of time of one command.
const (
	describeTime = 5 * time.Second
	claimTime    = 2 * time.Second
	flowTime     = 45 * time.Second
	tryTime      = 30 * time.Second // of Describe and Claim, of a helper that is tried from its file
)

// Name is the name of its registration.
func (h *Helper) Name() string { return h.name }

// Maker is who signed the helper, if it was installed. Otherwise it identifies the program and what it says of itself.
func (h *Helper) Maker() maker.Maker { return cmp.Or(h.signer, h.maker) }

// Inputs returns what the user is asked for.
func (h *Helper) Inputs() []flow.Input { return h.description.flowInputs() }

// Terms returns what the helper may ask to accept in the user's name.
func (h *Helper) Terms() []string {
	return h.description.terms()
}

// Version is the version of the helper.
func (h *Helper) Version() string { return h.description.Version }

// Label is the text for lists of networks.
func (h *Helper) Label() string { return h.description.Label }

// Sees returns by what it may see networks: name, portal.
func (h *Helper) Sees() []string { return h.rules.Kinds() }

// Origin is the path of its registration.
func (h *Helper) Origin() string { return h.origin }

// Program is the path of its program.
func (h *Helper) Program() string { return h.program.Path }

// Hosts are the patterns of hosts that it talks to, and of those among them that networks share.
func (h *Helper) Hosts() (hosts, shared []string) {
	return h.description.Hosts, h.description.SharedHosts
}

// SecretFields are the names of the fields that it computes from secrets.
func (h *Helper) SecretFields() []string { return h.description.SecretFields }

// Unconfined reports whether it runs although something cannot be enforced here.
func (h *Helper) Unconfined() bool { return h.program.Unconfined && len(confine.Missing()) > 0 }

// Warnings are what is worth a second look, of a helper without mistakes.
func (h *Helper) Warnings() []string {
	var warnings []string
	hasSecret := slices.ContainsFunc(h.description.Inputs, func(in input) bool { return in.Secret })
	if hasSecret && len(h.description.SecretFields) == 0 {
		warnings = append(warnings, "it has a secret input, and no secret_fields: name there what it computes from the secret, if it does")
	}
	if h.program.Unconfined {
		warnings = append(warnings, "allow_unconfined: where it cannot be confined, it can do all that its user can")
	}
	return slices.Concat(warnings, h.overclaims, h.rules.Warnings(), h.notes.all())
}

// LogTo makes the helper log.
func (h *Helper) LogTo(logger *slog.Logger) { h.logger.Store(logger) }

func (h *Helper) log() *slog.Logger {
	if logger := h.logger.Load(); logger != nil {
		return logger
	}
	return slog.New(slog.DiscardHandler)
}

// newHelper starts a registered program for the first time, and asks what it is, within a time. The notes, if there
// are any, take what the program says that nobody reads.
func newHelper(ctx context.Context, r registration, within time.Duration, capacity *Capacity, limit Limit, n *notes) (*Helper, error) {
	h := &Helper{registration: r, notes: n, start: confine.Start, claimTime: claimTime, capacity: capacity, limit: limit}
	if missing := confine.Missing(); len(missing) > 0 && !r.program.Unconfined {
		return nil, fmt.Errorf("use helper %s: it cannot be confined here: %s: %w", r.name, missing[0].Guarantee, missing[0].Cause)
	}
	if err := h.recognise(ctx); err != nil { // who could have written it counts before it runs
		return nil, fmt.Errorf("use helper %s: %w", r.name, err)
	}
	if err := checkExecutable(r.program); err != nil {
		return nil, fmt.Errorf("use helper %s: %w", r.name, err)
	}
	err := h.converse(ctx, command{capacity.claims, within, nil}, func(c *conn) error {
		// A method that no helper has, as later versions will have.
		if _, err := c.call(iface+"Grease", map[string]any{}, nil); !isNoMethod(err) {
			return unlessAnswered(err)
		}
		answer, err := c.call(methodDescribe, map[string]any{}, nil)
		if err != nil {
			return err
		}
		h.notes.compare("Describe", answer, description{})
		h.description, err = parseDescription(answer, r.name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("use helper %s: %w", r.name, err)
	}
	shipped := h.maker
	h.maker, err = h.content.maker(r, h.description)
	if err == nil && r.described != nil && h.maker != shipped {
		err = errNotAsShipped
	}
	if err != nil {
		return nil, fmt.Errorf("use helper %s: %w", r.name, err)
	}
	return h, nil
}

// errNotAsShipped is the cause if a program says of itself what its maker did not ship.
var errNotAsShipped = errors.New("the program changed, or says of itself something else than " + DescribedFile)

// recognise identifies the program before it is started, and who made it.
func (h *Helper) recognise(ctx context.Context) (err error) {
	said := description{} // not known yet
	if h.described != nil {
		said = *h.described
	}
	if h.content, err = readContent(ctx, h.program, nil); err != nil {
		return err
	}
	if h.maker, err = h.content.maker(h.registration, said); err != nil || h.check == nil {
		return err
	}
	made, err := h.check(h.maker)
	if err == nil && made.IsKey() {
		h.signer = made
	}
	return err
}

// unlessAnswered explains a wrong answer to a method that does not exist. It returns any other error as it is.
func unlessAnswered(err error) error {
	failed, isAnswer := errors.AsType[*callError](err)
	switch {
	case err == nil:
		return errors.New("it answers a method that does not exist; want the error " + errNoMethod)
	case isAnswer:
		return fmt.Errorf("it answers a method that does not exist with the error %q; want %s", cut(printableLine(failed.Name), maxReason), errNoMethod)
	}
	return err
}

// verify returns the program as it is to be started, or an error unless it is the one that was described.
func (h *Helper) verify(ctx context.Context) (confine.Program, error) {
	program, now := h.program, h.content
	err := now.check()
	if errors.Is(err, confine.ErrSwapped) { // its files may only have been touched
		now, err = readContent(ctx, h.program, nil)
		if err == nil && !bytes.Equal(now.sum.Sum(nil), h.content.sum.Sum(nil)) {
			err = errChanged
		}
	}
	program.Pins = now.pins
	return program, err
}

// command is what a program is started for.
type command struct {
	slots  slots
	within time.Duration
	mask   func(string) string // removes secrets from what the program logs; nil: it knows none
}

// converse starts the program, has a conversation with it, and ends it. The error says how the program
// ended, if that is why.
func (h *Helper) converse(ctx context.Context, run command, talk func(*conn) error) error {
	give, err := run.slots.take(ctx)
	if err != nil {
		return err
	}
	defer give()
	ctx, stop := context.WithTimeoutCause(ctx, run.within, fmt.Errorf("no answer within %v", run.within))
	defer stop()
	program, err := h.verify(ctx)
	if err != nil {
		return err
	}
	process, err := h.start(h.limited(ctx, program))
	if err != nil {
		return err
	}
	h.unlimited.Store(&process.Unlimited)
	defer process.Kill()
	said := logErrors(process.Stderr, h.name, h.log(), run.mask)
	c := newConn(process, run.mask)
	defer context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) {
			c.cancel()
		}
		process.Interrupt()
	})()
	err = talk(c)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, errSilent), errors.Is(err, errBroken):
		return h.silence(process, said, err)
	}
	if _, isAnswer := errors.AsType[*callError](err); isAnswer {
		return &shownError{shown(err.Error(), run.mask, maxReported), err}
	}
	return err
}

// endTime is how long a program that closed its output may take to end, so that the error says how.
const endTime = time.Second

// silence explains why a program does not answer.
func (h *Helper) silence(process *confine.Process, said *errorLog, err error) error {
	ended := process.Ended(endTime)
	if ended == "" {
		return err
	}
	if text := said.text(endTime); text != "" {
		return fmt.Errorf("%w: %s: %s", err, ended, text)
	}
	return fmt.Errorf("%w: %s", err, ended)
}
