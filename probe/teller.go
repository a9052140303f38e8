package probe

import (
	"log/slog"
	"time"
)

// teller tells the verdicts of one probe, each when there is one. A verdict that
// stays as it is is not told again.
type teller struct {
	told   func(Evidence) // nil: nobody listens
	logger *slog.Logger

	spoken  bool
	verdict Verdict       // last told
	at      time.Duration // from the start of the probe to when it was told first
}

// tell logs why, so that who reads the log learns of a verdict that did not hold, too.
func (t *teller) tell(e Evidence) {
	if t.holds(e.Verdict) {
		return
	}
	attrs := []any{"interface", e.Link.Interface, "verdict", e.Verdict.String(), "reason", e.Reason, "elapsed", e.Elapsed}
	if t.spoken {
		attrs = append(attrs, "overturns", t.verdict.String())
	}
	t.spoken, t.verdict, t.at = true, e.Verdict, e.Elapsed
	t.logger.Info("probe decided", attrs...)
	if t.told != nil {
		t.told(e)
	}
}

// holds says whether the verdict is the one that was told last.
func (t *teller) holds(v Verdict) bool { return t.spoken && t.verdict == v }
