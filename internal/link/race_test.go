package link

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

// answer is how an address behaves when it is connected to.
type answer struct {
	after time.Duration // 0: at once; hangs: until the attempt is given up
	err   error
	stub  bool // connects in spite of having been given up
}

const hangs = -1

func TestRace(t *testing.T) {
	refused := errors.New("refused")
	tests := []struct {
		name    string
		answers []answer
		winner  int // -1: none
		took    time.Duration
		closed  int
	}{
		{"the first answers", []answer{{}, {}}, 0, 0, 0},
		{"the first is slow, but within its head start", []answer{{after: 200 * time.Millisecond}, {}}, 0, 200 * time.Millisecond, 0},
		{"the first hangs", []answer{{after: hangs}, {}}, 1, attemptDelay, 0},
		{"the first refuses", []answer{{err: refused}, {}}, 1, 0, 0},
		{"two hang, one refuses late", []answer{{after: hangs}, {after: 400 * time.Millisecond, err: refused}, {after: hangs}, {}}, 3, 650 * time.Millisecond, 0},
		{"the slow one wins after all", []answer{{after: 300 * time.Millisecond}, {after: hangs}}, 0, 300 * time.Millisecond, 0},
		{"a second winner is closed", []answer{{after: hangs, stub: true}, {}}, 1, attemptDelay, 1},
		{"all refuse", []answer{{err: refused}, {err: refused}}, -1, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				closed := 0
				var addrs []netip.Addr
				for i := range test.answers {
					addrs = append(addrs, netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}))
				}
				winner := -1
				began := time.Now()
				conn, err := race(t.Context(), addrs, func(ctx context.Context, addr netip.Addr) (net.Conn, error) {
					a := test.answers[addr.As4()[3]]
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
				})
				if (err == nil) != (test.winner >= 0) || (conn == nil) != (test.winner < 0) || winner != test.winner {
					t.Errorf("winner %d with %v, %v; want %d", winner, conn, err, test.winner)
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

func TestRaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := race(ctx, ips("192.0.2.1", "192.0.2.2"), func(ctx context.Context, _ netip.Addr) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("ended after %v with %v", time.Since(began), err)
		}
	})
}
