package probe

import (
	"context"
	"log/slog"
	"time"
)

// reporter announces the verdicts of one probe. It announces a verdict again only after a
// different one.
type reporter struct {
	onVerdict func(Evidence) // may be nil
	logger    *slog.Logger

	reported bool
	verdict  Verdict       // last announced
	at       time.Duration // from the start of the probe to when it was first announced
}

// report logs each verdict with its reason, so that the log shows one that did not hold, too.
func (r *reporter) report(e Evidence) {
	if r.hasReported(e.Verdict) {
		return
	}
	attrs := []any{"interface", e.Link.Interface, "verdict", e.Verdict.String(), "reason", e.Reason, "elapsed", e.Elapsed}
	if r.reported {
		attrs = append(attrs, "overturns", r.verdict.String())
	}
	r.reported, r.verdict, r.at = true, e.Verdict, e.Elapsed
	level := slog.LevelInfo
	if e.Verdict == VerdictUnknown {
		level = slog.LevelDebug // it was stopped; what stops it logs why
	}
	r.logger.Log(context.Background(), level, "probe decided", attrs...)
	if r.onVerdict != nil {
		r.onVerdict(e)
	}
}

// hasReported reports whether the verdict is the last one announced.
func (r *reporter) hasReported(v Verdict) bool { return r.reported && r.verdict == v }
