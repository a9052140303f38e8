package portal

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// errRepeated says why the transport may not send a request again by itself.
var errRepeated = errors.New("the server did not answer a request that may be sent only once")

// once lets the transport send a request only once over HTTP/2, where a server can ask for it again
// when it has read it. Over HTTP/1 the transport repeats only on a connection that was used before:
// a request that may log in gets a new one.
type once struct {
	end      context.CancelCauseFunc // of the request
	isHTTP2  atomic.Bool
	hasBegun atomic.Bool
}

// sendOnce returns a request that is sent once at most. Call end when it has been answered.
func sendOnce(request *http.Request) (sent *http.Request, end func()) {
	ctx, cancel := context.WithCancelCause(request.Context())
	o := &once{end: cancel}
	sent = request.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: o.gotConn, WroteHeaders: o.wroteHeaders}))
	if open := request.GetBody; open != nil {
		sent.GetBody = func() (io.ReadCloser, error) {
			if o.wasSent() {
				return nil, errRepeated
			}
			return open()
		}
	}
	return sent, func() { cancel(nil) }
}

func (o *once) wasSent() bool { return o.isHTTP2.Load() && o.hasBegun.Load() }

// gotConn ends a request that is about to be written again.
func (o *once) gotConn(info httptrace.GotConnInfo) {
	if o.wasSent() {
		o.end(errRepeated)
		_ = info.Conn.Close()
		return
	}
	secure, ok := info.Conn.(interface{ ConnectionState() tls.ConnectionState })
	o.isHTTP2.Store(ok && secure.ConnectionState().NegotiatedProtocol == "h2")
	o.hasBegun.Store(false)
}

func (o *once) wroteHeaders() { o.hasBegun.Store(true) }
