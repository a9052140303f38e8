package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// closing is a connection that counts its Close.
type closing struct {
	net.Conn
	closed *int
}

func (c closing) Close() error {
	*c.closed++
	return nil
}

// behaviour is what an attempt to connect to an address does.
type behaviour struct {
	after time.Duration // 0: at once; hangs: until the attempt is cancelled
	err   error
	stub  bool // connects although it was cancelled
}

const hangs = -1

func TestFirstSuccess(t *testing.T) {
	refused := errors.New("refused")
	tests := []struct {
		name   string
		addrs  []behaviour
		first  int // -1: none
		took   time.Duration
		closed int
	}{
		{"the first answers", []behaviour{{}, {}}, 0, 0, 0},
		{"the first is slow, but within the delay", []behaviour{{after: 200 * time.Millisecond}, {}}, 0, 200 * time.Millisecond, 0},
		{"the first hangs", []behaviour{{after: hangs}, {}}, 1, attemptDelay, 0},
		{"the first refuses", []behaviour{{err: refused}, {}}, 1, 0, 0},
		{"two hang, one refuses late", []behaviour{{after: hangs}, {after: 400 * time.Millisecond, err: refused}, {after: hangs}, {}}, 3, 650 * time.Millisecond, 0},
		{"the slow one connects first", []behaviour{{after: 300 * time.Millisecond}, {after: hangs}}, 0, 300 * time.Millisecond, 0},
		{"a second connection is closed", []behaviour{{after: hangs, stub: true}, {}}, 1, attemptDelay, 1},
		{"all refuse", []behaviour{{err: refused}, {err: refused}}, -1, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				closed := 0
				var addrs []netip.Addr
				for i := range test.addrs {
					addrs = append(addrs, netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}))
				}
				first := -1
				began := time.Now()
				conn, errs := firstSuccess(t.Context(), connecting(listed(addrs), func(ctx context.Context, addr netip.Addr) (net.Conn, error) {
					a := test.addrs[addr.As4()[3]]
					if a.after == hangs {
						<-ctx.Done()
						if !a.stub {
							return nil, ctx.Err()
						}
						return closing{closed: &closed}, nil
					}
					time.Sleep(a.after)
					if a.err != nil {
						return nil, a.err
					}
					first = int(addr.As4()[3])
					return closing{closed: &closed}, nil
				}))
				if (conn == nil) != (test.first < 0) || first != test.first {
					t.Errorf("first %d with %v, %v; want %d", first, conn, errs, test.first)
				}
				if test.first < 0 && len(errs) != len(addrs) {
					t.Errorf("errors %v, want one for each address", errs)
				}
				if took := time.Since(began); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				if closed != test.closed {
					t.Errorf("%d connections closed, want %d", closed, test.closed)
				}
			})
		})
	}
}

// connecting are attempts to connect.
func connecting(candidates <-chan []netip.Addr, try func(context.Context, netip.Addr) (net.Conn, error)) attempts[netip.Addr, net.Conn] {
	return attempts[netip.Addr, net.Conn]{
		candidates: candidates,
		delay:      func(int) time.Duration { return attemptDelay },
		try:        try,
		discard:    func(c net.Conn) { c.Close() },
	}
}

// A candidate that comes later is tried at once if the delay is over or the attempt before
// has failed, and otherwise after the delay.
func TestFirstSuccessWithLateCandidates(t *testing.T) {
	tests := []struct {
		name  string
		first time.Duration // the first address fails after it, or hangs
		late  time.Duration // the second comes
		took  time.Duration
	}{
		{"after the failure", 10 * time.Millisecond, 50 * time.Millisecond, 50 * time.Millisecond},
		{"before the failure", 50 * time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond},
		{"within the delay", hangs, 10 * time.Millisecond, attemptDelay},
		{"after the delay", hangs, time.Second, time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				candidates := make(chan []netip.Addr)
				go func() {
					defer close(candidates)
					candidates <- ips("192.0.2.1")
					time.Sleep(test.late)
					candidates <- ips("192.0.2.2")
				}()
				began, closed := time.Now(), 0
				conn, errs := firstSuccess(t.Context(), connecting(candidates, func(ctx context.Context, addr netip.Addr) (net.Conn, error) {
					switch {
					case addr == ips("192.0.2.2")[0]:
						return closing{closed: &closed}, nil
					case test.first == hangs:
						<-ctx.Done()
						return nil, ctx.Err()
					}
					time.Sleep(test.first)
					return nil, errors.New("refused")
				}))
				if took := time.Since(began); conn == nil || took != test.took {
					t.Errorf("connected to %v after %v, %v; want %v", conn, took, errs, test.took)
				}
			})
		})
	}
}

func TestFirstSuccessEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, errs := firstSuccess(ctx, connecting(listed(ips("192.0.2.1", "192.0.2.2")), func(ctx context.Context, _ netip.Addr) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}))
		if !errors.Is(errors.Join(errs...), context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("ended after %v with %v", time.Since(began), errs)
		}
	})
}
