package portal

import (
	"log/slog"
	"sync"
	"time"
)

// Exchange is one request and its response in a trace. It contains no secret and no query
// value.
type Exchange struct {
	Step     string        `json:"step,omitempty"`
	Method   string        `json:"method"`
	URL      string        `json:"url"`                // see RedactURL of internal/web
	Fields   []string      `json:"fields,omitempty"`   // names of the sent fields, at most MaxTraceFields
	Status   int           `json:"status"`             // 0 without a response
	Location string        `json:"location,omitempty"` // of a redirect; see RedactURL of internal/web
	Bytes    int64         `json:"bytes"`              // of the decompressed body, at most MaxBody
	Elapsed  time.Duration `json:"elapsed_ns"`         // until the last byte of the body
	// Error says why there is no response, why its body is cut or why its redirect was not
	// followed.
	Error string `json:"error,omitempty"`
}

// LogValue groups what a log shows.
func (e Exchange) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("step", e.Step),
		slog.String("method", e.Method),
		slog.String("url", e.URL),
		slog.Int("status", e.Status),
		slog.String("location", e.Location),
		slog.Int64("bytes", e.Bytes),
		slog.Duration("elapsed", e.Elapsed),
		slog.String("error", e.Error),
	)
}

// traceLog collects the exchanges of a session. It is locked, because others read the
// trace while the session runs.
type traceLog struct {
	mu        sync.Mutex
	step      string
	exchanges []Exchange
}

func (l *traceLog) setStep(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.step = name
}

func (l *traceLog) currentStep() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.step
}

func (l *traceLog) append(e Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.exchanges = append(l.exchanges, e)
}

// addError adds a reason to the last exchange.
func (l *traceLog) addError(reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := &l.exchanges[len(l.exchanges)-1]
	if last.Error != "" {
		reason = last.Error + "; " + reason
	}
	last.Error = reason
}

// redacted returns the exchanges with every text passed through mask. It masks when it is
// called, so that a secret declared late is masked in early exchanges, too.
func (l *traceLog) redacted(mask func(string) string) []Exchange {
	l.mu.Lock()
	defer l.mu.Unlock()
	exchanges := make([]Exchange, 0, len(l.exchanges))
	for _, e := range l.exchanges {
		exchanges = append(exchanges, e.redact(mask))
	}
	return exchanges
}

// redact returns e with every text passed through mask.
func (e Exchange) redact(mask func(string) string) Exchange {
	fields := e.Fields
	e.Fields = nil
	for _, name := range fields {
		e.Fields = append(e.Fields, mask(name))
	}
	e.Step, e.URL, e.Location, e.Error = mask(e.Step), mask(e.URL), mask(e.Location), mask(e.Error)
	return e
}
