package probe

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"
)

// stage is how far a check came. Each stage is progress of the network.
type stage int

const (
	stageNone       stage = iota
	stageResolving        // the name is looked up
	stageConnecting       // the address is known
	stageConnected        // TCP is established
	stageSecured          // TLS is established
)

// recorder records the timeline of one check. A transport may call it even after the check
// has ended.
type recorder struct {
	began   time.Time       // the probe
	secured chan<- struct{} // gets a value when TLS is established, unless one waits there

	mu       sync.Mutex
	steps    map[string]time.Time // when each step began
	timeline Timeline
	stage    stage
	progress time.Duration // from the start to when that stage was reached
}

func newRecorder(began time.Time, secured chan<- struct{}) *recorder {
	return &recorder{began: began, secured: secured, steps: map[string]time.Time{}}
}

// watch returns a context in which the transport reports to the recorder.
func (r *recorder) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { r.begin("dns", stageResolving) },
		DNSDone: func(info httptrace.DNSDoneInfo) {
			if info.Err == nil {
				r.end("dns", &r.timeline.DNS, stageConnecting)
			}
		},
		ConnectStart: func(network, address string) {
			if isStream(network, address) {
				r.connect(address)
			}
		},
		ConnectDone: func(network, address string, err error) {
			if err == nil && isStream(network, address) {
				r.connected(address)
			}
		},
		TLSHandshakeStart: func() { r.begin("tls", stageConnected) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			if err == nil {
				r.end("tls", &r.timeline.TLS, stageSecured)
				select {
				case r.secured <- struct{}{}:
				default:
				}
			}
		},
		WroteRequest:         func(httptrace.WroteRequestInfo) { r.begin("answer", stageConnected) },
		GotFirstResponseByte: func() { r.end("answer", &r.timeline.FirstByte, stageConnected) },
	})
}

// isStream excludes connections to name servers.
func isStream(network, address string) bool {
	_, port, err := net.SplitHostPort(address)
	return strings.HasPrefix(network, "tcp") && (err != nil || port != "53")
}

// begin records the start of a step; of several attempts, the first.
func (r *recorder) begin(step string, reached stage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, again := r.steps[step]; !again {
		r.steps[step] = time.Now()
	}
	r.reach(reached)
}

// end records the duration of a step; of several attempts, the first that succeeded.
func (r *recorder) end(step string, took **time.Duration, reached stage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if began, ok := r.steps[step]; ok && *took == nil {
		elapsed := time.Since(began)
		*took = &elapsed
	}
	r.reach(reached)
}

func (r *recorder) connect(address string) {
	r.begin("connect", stageConnecting)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timeline.Connect == nil {
		r.timeline.Address = address
	}
}

func (r *recorder) connected(address string) {
	r.mu.Lock()
	if r.timeline.Connect == nil {
		r.timeline.Address = address
	}
	r.mu.Unlock()
	r.end("connect", &r.timeline.Connect, stageConnected)
}

func (r *recorder) reach(s stage) {
	if s > r.stage {
		r.stage, r.progress = s, time.Since(r.began)
	}
}

// snapshot returns what is recorded so far.
func (r *recorder) snapshot() (Timeline, stage, time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.timeline, r.stage, r.progress
}
