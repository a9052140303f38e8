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

// stage is how far a check came. Each one means that the network did something.
type stage int

const (
	stageNone       stage = iota
	stageResolving        // the name is being looked up
	stageConnecting       // there is an address
	stageConnected        // TCP is established
	stageSecured          // so is TLS
)

// recorder writes the timeline of one check. A transport may call it until after the
// check has ended.
type recorder struct {
	start time.Time // of the probe

	mu       sync.Mutex
	began    map[string]time.Time
	timeline Timeline
	stage    stage
	progress time.Duration // from the start to when that stage was reached
}

func newRecorder(start time.Time) *recorder {
	return &recorder{start: start, began: map[string]time.Time{}}
}

// watch makes the transport tell the recorder what it does.
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
			}
		},
		WroteRequest:         func(httptrace.WroteRequestInfo) { r.begin("answer", stageConnected) },
		GotFirstResponseByte: func() { r.end("answer", &r.timeline.FirstByte, stageConnected) },
	})
}

// isStream leaves out what is asked of a name server.
func isStream(network, address string) bool {
	_, port, err := net.SplitHostPort(address)
	return strings.HasPrefix(network, "tcp") && (err != nil || port != "53")
}

// begin notes the start of something; of several attempts, the first.
func (r *recorder) begin(what string, reached stage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, again := r.began[what]; !again {
		r.began[what] = time.Now()
	}
	r.reach(reached)
}

// end notes how long something took; of several attempts, the first that succeeded.
func (r *recorder) end(what string, took **time.Duration, reached stage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if began, ok := r.began[what]; ok && *took == nil {
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
		r.stage, r.progress = s, time.Since(r.start)
	}
}

// seen returns what is written so far.
func (r *recorder) seen() (Timeline, stage, time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.timeline, r.stage, r.progress
}
