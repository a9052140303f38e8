package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/internal/wait"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// The limits of claims.
const (
	maxBatch    = 100  // networks of one call
	maxWaiting  = 2000 // networks that wait for one
	maxReason   = 200  // bytes of a reason
	maxReported = 300  // bytes of a reason of a flow
)

// Claim asks the program, if the network is among those that it may see. It claims no more than its
// registration allows for the network.
func (h *Helper) Claim(ctx context.Context, facts *claims.Facts) claims.Claim {
	claim := h.rules.Claim(ctx, facts)
	claim.Helper, claim.Label = h.name, h.description.Label
	if claim.Confidence == claims.None {
		return claim
	}
	answer, err := h.claims.ask(ctx, h, facts)
	switch {
	case err != nil && ctx.Err() != nil:
		return claims.Claim{Helper: h.name, Label: claim.Label, Reason: claims.ReasonLate}
	case err != nil:
		return claims.Claim{Helper: h.name, Label: claim.Label, Reason: err.Error()}
	case answer.confidence == claims.None:
		return claims.Claim{Helper: h.name, Label: claim.Label, Reason: answer.reason}
	}
	claim.Confidence = min(claim.Confidence, answer.confidence)
	if answer.label != "" {
		claim.Label = answer.label
	}
	if answer.reason != "" {
		claim.Rule = answer.reason
	}
	return claim
}

// claimAnswer is what a program says of a network.
type claimAnswer struct {
	confidence    claims.Confidence
	label, reason string
}

// claimsReply are the claims as a program says them.
type claimsReply struct {
	Claims []struct {
		Confidence string `json:"confidence"`
		Label      string `json:"label"`
		Reason     string `json:"reason"`
	} `json:"claims"`
}

// parseClaims reads the answer about a number of networks.
func parseClaims(answer json.RawMessage, n int) ([]claimAnswer, error) {
	var raw claimsReply
	if err := decode(answer, &raw); err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	if len(raw.Claims) != n {
		return nil, fmt.Errorf("read claims: %d for %d networks", len(raw.Claims), n)
	}
	answers := make([]claimAnswer, n)
	for i, c := range raw.Claims {
		confidence, err := claims.ParseConfidence(c.Confidence)
		if err != nil {
			return nil, fmt.Errorf("read claims: %w", err)
		}
		answers[i] = claimAnswer{confidence: confidence, reason: shown(c.Reason, nil, maxReason)}
		if isLine(c.Label, pack.MaxLabel) {
			answers[i].label = c.Label
		}
		if answers[i].reason == "" && confidence == claims.None {
			answers[i].reason = "the helper declines this network"
		}
	}
	return answers, nil
}

// claimQueue are the networks that a program is to be asked about. One program answers for all that come
// while it runs, so that a scan starts one.
type claimQueue struct {
	mu        sync.Mutex
	asked     []question // that are not answered yet
	waiting   []question
	isRunning bool
	failures  int
	heldUntil time.Time
	failed    error // the last one
}

// question is one network.
type question struct {
	network  wifi.Network
	evidence *probe.Evidence
	answered chan<- answered // of capacity 1
}

type answered struct {
	claim claimAnswer
	err   error
}

// failurePause is how long a program that failed is left alone.
func failurePause() wait.Backoff { return wait.Backoff{First: 5 * time.Second, Last: 10 * time.Minute} }

// ask waits for the answer about one network.
func (q *claimQueue) ask(ctx context.Context, h *Helper, facts *claims.Facts) (claimAnswer, error) {
	answers := make(chan answered, 1)
	if err := q.add(h, question{facts.Network, facts.Portal(), answers}); err != nil {
		return claimAnswer{}, err
	}
	select {
	case a := <-answers:
		return a.claim, a.err
	case <-ctx.Done():
		return claimAnswer{}, ctx.Err()
	}
}

func (q *claimQueue) add(h *Helper, one question) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch left := time.Until(q.heldUntil); {
	case left > 0:
		return fmt.Errorf("left alone for %v, since it failed: %w", left.Round(time.Second), q.failed)
	case len(q.waiting) == maxWaiting:
		return errors.New("too many networks wait for it")
	}
	q.waiting = append(q.waiting, one)
	if !q.isRunning {
		q.isRunning = true
		go q.run(h)
	}
	return nil
}

// run starts programs until nothing waits.
func (q *claimQueue) run(h *Helper) {
	for {
		// The context of the first who asked is not that of the others.
		err := h.converse(context.Background(), command{h.capacity.claims, h.claimTime, nil}, func(c *conn) error {
			for {
				batch := q.take()
				if len(batch) == 0 {
					return nil
				}
				if err := h.answer(c, batch); err != nil {
					return err
				}
			}
		})
		if q.isOver(h, err) {
			return
		}
	}
}

// take takes what waits, since what was asked before is answered: several networks that are not joined, or one that is.
func (q *claimQueue) take() []question {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for n < len(q.waiting) && n < maxBatch && (n == 0 || q.waiting[0].evidence == nil && q.waiting[n].evidence == nil) {
		n++
	}
	q.asked = q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return q.asked
}

// isOver ends a run, unless something waits. After a failure, all that waits gets it as the answer.
func (q *claimQueue) isOver(h *Helper, err error) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err != nil {
		err = &shownError{shown(err.Error(), nil, maxReported), err}
		q.heldUntil, q.failed = time.Now().Add(failurePause().After(q.failures)), err
		q.failures++
		for _, one := range slices.Concat(q.asked, q.waiting) {
			one.answered <- answered{err: err}
		}
		q.asked, q.waiting = nil, nil
		h.log().Warn("helper failed to claim", "helper", h.name, "error", err, "again", time.Until(q.heldUntil).Round(time.Second).String())
	} else {
		q.failures = 0
	}
	q.isRunning = len(q.waiting) > 0
	return !q.isRunning
}

// answer asks about a batch.
func (h *Helper) answer(c *conn, batch []question) error {
	networks := []network{}
	for _, one := range batch {
		networks = append(networks, networkOf(one.network))
	}
	parameters := map[string]any{"networks": networks}
	if seen := batch[0].evidence; seen != nil {
		parameters["evidence"] = shownFacts(*seen)
	}
	reply, err := c.call(methodClaim, parameters, nil)
	if err != nil {
		return err
	}
	h.notes.compare("Claim", reply, claimsReply{})
	answers, err := parseClaims(reply, len(batch))
	if err != nil {
		return err
	}
	for i, one := range batch {
		one.answered <- answered{claim: answers[i]}
	}
	return nil
}
