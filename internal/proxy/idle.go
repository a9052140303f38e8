package proxy

import (
	"context"
	"io"
	"net/http"
	"time"
)

// idle ends a request when nothing of it, and nothing of its response, has come for some time.
type idle struct {
	after time.Duration
	timer *time.Timer
}

// idleKey is the key of the context of a request with an idle.
type idleKey struct{}

// watchIdle ends a request by its context, and by the deadlines of its connection: a client that takes nothing blocks writing.
func watchIdle(after time.Duration, w http.ResponseWriter, end context.CancelFunc) *idle {
	control := http.NewResponseController(w)
	return &idle{after, time.AfterFunc(after, func() {
		end()
		_ = control.SetReadDeadline(time.Now())
		_ = control.SetWriteDeadline(time.Now())
	})}
}

func (i *idle) stop() { i.timer.Stop() }

// watch returns a body that counts its bytes, each of which shows that the request goes on.
func (i *idle) watch(body io.ReadCloser, p *Proxy) io.ReadCloser {
	return watched{body, i, p}
}

type watched struct {
	io.ReadCloser

	idle  *idle
	proxy *Proxy
}

func (w watched) Read(b []byte) (int, error) {
	n, err := w.ReadCloser.Read(b)
	if n > 0 {
		w.idle.timer.Reset(w.idle.after)
	}
	if w.proxy.traffic.Add(int64(n)) > w.proxy.config.most {
		return n, errTraffic
	}
	return n, err
}

// pacedTransport sends requests over the path, and watches what comes back.
type pacedTransport struct{ proxy *Proxy }

// RoundTrip sends a request. What came by another protocol than HTTP is not the proxy's.
func (t pacedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.proxy.config.Path.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if i, ok := r.Context().Value(idleKey{}).(*idle); ok && response.StatusCode != http.StatusSwitchingProtocols {
		i.timer.Reset(i.after)
		response.Body = i.watch(response.Body, t.proxy)
	}
	return response, nil
}
