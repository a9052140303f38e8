package proxy

import (
	"context"
	"errors"
	"net"
	"net/http"

	"golang.org/x/sys/unix"

	"hotspot-helper/portal"
)

// answer is how a client is told why a connection failed.
type answer struct {
	status int   // of HTTP
	reply  reply // of SOCKS
}

// explain finds the answer for an error of a path.
func explain(err error) answer {
	_, isForbidden := errors.AsType[*portal.HostError](err)
	name, isName := errors.AsType[*net.DNSError](err)
	var timeout net.Error
	switch {
	case isForbidden:
		return answer{http.StatusForbidden, replyForbidden}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout(), isName && name.IsTimeout:
		return answer{http.StatusGatewayTimeout, replyNoHost}
	case isName, errors.Is(err, unix.EHOSTUNREACH):
		return answer{http.StatusBadGateway, replyNoHost}
	case errors.Is(err, unix.ENETUNREACH):
		return answer{http.StatusBadGateway, replyNoNetwork}
	case errors.Is(err, unix.ECONNREFUSED):
		return answer{http.StatusBadGateway, replyRefused}
	default:
		return answer{http.StatusBadGateway, replyFailed}
	}
}
