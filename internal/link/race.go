package link

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// attempt is how one connection attempt ended.
type attempt struct {
	conn net.Conn
	err  error
}

// race connects to the first address that answers, after RFC 8305, section 5: an
// address is tried when the one before it has failed or has had its head start.
// It returns when every attempt has ended. There is at least one address.
func race(ctx context.Context, addrs []netip.Addr, connect func(context.Context, netip.Addr) (net.Conn, error)) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan attempt)
	running := 0
	defer func() {
		cancel()
		for ; running > 0; running-- {
			if late := <-ended; late.conn != nil {
				late.conn.Close()
			}
		}
	}()

	var failure error
	next := time.NewTimer(0)
	defer next.Stop()
	for len(addrs) > 0 || running > 0 {
		select {
		case <-next.C:
			if len(addrs) == 0 {
				continue
			}
			addr := addrs[0]
			addrs = addrs[1:]
			running++
			go func() {
				conn, err := connect(ctx, addr)
				ended <- attempt{conn, err}
			}()
			next.Reset(attemptDelay)
		case a := <-ended:
			running--
			if a.err == nil {
				return a.conn, nil
			}
			failure = also(failure, a.err)
			next.Reset(0)
		}
	}
	return nil, failure
}

// also adds an error to others, on the same line.
func also(errs, err error) error {
	if errs == nil {
		return err
	}
	return fmt.Errorf("%w; %w", errs, err)
}
