package probe

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

const maxWanted = 4096

// Prober probes links. It keeps nothing between probes and may probe several links at once.
type Prober struct {
	Endpoints []Endpoint        // asked; none stands for the defaults of the catalogue
	Transport http.RoundTripper // sends through the link, and only through it
	Logger    *slog.Logger      // nil discards
}

// Probe finds out what the link leads to.
func (p *Prober) Probe(ctx context.Context, link Link) Evidence {
	return Evidence{Verdict: VerdictUnknown, Reason: "not written yet", Time: time.Now(), Link: link}
}
