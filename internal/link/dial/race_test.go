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

// closing is a connection that notes its end.
type closing struct {
	net.Conn
	closed *int
}

func (c closing) Close() error {
	*c.closed++
	return nil
}

// behaviour is how an address behaves when it is connected to.
type behaviour struct {
	after time.Duration // 0: at once; hangs: until the attempt is given up
	err   error
	stub  bool // connects in spite of having been given up
}

const hangs = -1

func TestRace(t *testing.T) {
	refused := errors.New("refused")
	tests := []struct {
		name   string
		addrs  []behaviour
		winner int // -1: none
		took   time.Duration
		closed int
	}{
		{"the first answers", []behaviour{{}, {}}, 0, 0, 0},
		{"the first is slow, but within its head start", []behaviour{{after: 200 * time.Millisecond}, {}}, 0, 200 * time.Millisecond, 0},
		{"the first hangs", []behaviour{{after: hangs}, {}}, 1, attemptDelay, 0},
		{"the first refuses", []behaviour{{err: refused}, {}}, 1, 0, 0},
		{"two hang, one refuses late", []behaviour{{after: hangs}, {after: 400 * time.Millisecond, err: refused}, {after: hangs}, {}}, 3, 650 * time.Millisecond, 0},
		{"the slow one wins after all", []behaviour{{after: 300 * time.Millisecond}, {after: hangs}}, 0, 300 * time.Millisecond, 0},
		{"a second winner is closed", []behaviour{{after: hangs, stub: true}, {}}, 1, attemptDelay, 1},
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
				winner := -1
				began := time.Now()
				conn, errs := race(t.Context(), connecting(entered(addrs), func(ctx context.Context, addr netip.Addr) (net.Conn, error) {
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
					winner = int(addr.As4()[3])
					return closing{closed: &closed}, nil
				}))
				if (conn == nil) != (test.winner < 0) || winner != test.winner {
					t.Errorf("winner %d with %v, %v; want %d", winner, conn, errs, test.winner)
				}
				if test.winner < 0 && len(errs) != len(addrs) {
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

// connecting is a contest of connections.
func connecting(entrants <-chan []netip.Addr, try func(context.Context, netip.Addr) (net.Conn, error)) contest[netip.Addr, net.Conn] {
	return contest[netip.Addr, net.Conn]{
		entrants:  entrants,
		headStart: func(int) time.Duration { return attemptDelay },
		try:       try,
		discard:   func(c net.Conn) { c.Close() },
	}
}

// Addresses that become known later start at once where a head start is over or
// the one before has failed, and after it otherwise.
func TestRaceWithLateEntrants(t *testing.T) {
	tests := []struct {
		name  string
		first time.Duration // the first address fails after it, or hangs
		late  time.Duration // the second comes
		took  time.Duration
	}{
		{"after the failure", 10 * time.Millisecond, 50 * time.Millisecond, 50 * time.Millisecond},
		{"before the failure", 50 * time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond},
		{"within the head start", hangs, 10 * time.Millisecond, attemptDelay},
		{"after the head start", hangs, time.Second, time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				entrants := make(chan []netip.Addr)
				go func() {
					defer close(entrants)
					entrants <- ips("192.0.2.1")
					time.Sleep(test.late)
					entrants <- ips("192.0.2.2")
				}()
				began, closed := time.Now(), 0
				conn, errs := race(t.Context(), connecting(entrants, func(ctx context.Context, addr netip.Addr) (net.Conn, error) {
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

func TestRaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, errs := race(ctx, connecting(entered(ips("192.0.2.1", "192.0.2.2")), func(ctx context.Context, _ netip.Addr) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}))
		if !errors.Is(errors.Join(errs...), context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("ended after %v with %v", time.Since(began), errs)
		}
	})
}
