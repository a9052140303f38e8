package portaltest

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// loopback is a transport to a hotspot that listens.
func loopback(address netip.AddrPort, authority *Authority) http.RoundTripper {
	return &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: authority.Pool()},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, address.String())
		},
	}
}

// TestFaults intercepts a client with a limit of a minute and a megabyte, with each fault.
func TestFaults(t *testing.T) {
	const limit = 1 << 20
	for _, test := range []struct {
		fault Fault
		want  func(resp *http.Response, err error, n int64, read error) bool
	}{
		{FaultMute, func(_ *http.Response, err error, _ int64, _ error) bool {
			return errors.Is(err, context.DeadlineExceeded)
		}},
		{FaultSlow, func(_ *http.Response, err error, n int64, read error) bool {
			return err == nil && 50 < n && n <= 60 && errors.Is(read, context.DeadlineExceeded)
		}},
		{FaultEndless, func(_ *http.Response, err error, n int64, read error) bool {
			return err == nil && n == limit && read == nil
		}},
		{FaultCutOff, func(_ *http.Response, err error, n int64, read error) bool {
			return err == nil && n > 0 && errors.Is(read, io.ErrUnexpectedEOF)
		}},
		{FaultNonsense, func(_ *http.Response, err error, _ int64, _ error) bool {
			return err != nil && strings.Contains(err.Error(), "malformed HTTP")
		}},
		{FaultLoop, func(resp *http.Response, err error, _ int64, _ error) bool {
			return err == nil && resp.StatusCode == http.StatusFound && strings.HasPrefix(resp.Header.Get("Location"), "/")
		}},
		{FaultScheme, func(resp *http.Response, err error, _ int64, _ error) bool {
			return err == nil && strings.HasPrefix(resp.Header.Get("Location"), "file:")
		}},
		{FaultBomb, func(resp *http.Response, err error, n int64, read error) bool {
			return err == nil && resp.Uncompressed && n == limit && read == nil
		}},
		{FaultComplex, toilsomeSize},
		{FaultNested, toilsomeSize},
	} {
		t.Run(test.fault.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// The reply is a redirect, so that a fault without effect is noticed.
				h := New(Options{Kind: KindOpenNDS, Fault: test.fault})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute-time.Millisecond)
				defer cancel()
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, far, nil)
				if err != nil {
					t.Fatal(err)
				}
				var n int64
				var read error
				resp, err := h.Transport().RoundTrip(req)
				if err == nil {
					n, read = io.Copy(io.Discard, io.LimitReader(resp.Body, limit))
					resp.Body.Close()
				}
				if !test.want(resp, err, n, read) {
					t.Errorf("got %v, %v, %d bytes, %v", resp, err, n, read)
				}
			})
		})
	}
}

// TestFaultsSpareTheInternet checks that faults affect the portal alone.
func TestFaultsSpareTheInternet(t *testing.T) {
	for _, fault := range append(Faults(), FaultNone) {
		h := New(Options{Fault: fault})
		h.session = session{began: time.Now(), seen: time.Now()}
		if _, body := exchange(t, h, far, ""); !strings.Contains(body, "the Internet") {
			t.Errorf("%v: %q", fault, body)
		}
		if strings.HasPrefix(fault.String(), "unknown") {
			t.Errorf("fault %d has no name", fault)
		}
	}
	if got := Fault(99).String(); got != "unknown(99)" {
		t.Error(got)
	}
}

func toilsomeSize(_ *http.Response, err error, n int64, read error) bool {
	return err == nil && read == nil && n > 60<<10 && n <= 64<<10
}
