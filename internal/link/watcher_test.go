package link

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"
)

// watching runs a Watcher in a bubble. reports takes what it has reported so far;
// stop ends it and checks how it ended.
func watching(t *testing.T, k *kernel) (reports func() [][]State, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &Watcher{reader: k.reader("/no/such/directory", fakeBus{})}
	var got [][]State
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, func(s []State) { got = append(got, s) }) }()
	synctest.Wait()
	reports = func() [][]State {
		taken := got
		got = nil
		return taken
	}
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run returned %v after cancellation, want nil", err)
		}
		if k.open != 0 {
			t.Errorf("%d sockets left open", k.open)
		}
	}
	return reports, stop
}

func TestWatcher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKernel(t, cafeTable())
		reports, stop := watching(t, k)
		if got := reports(); len(got) != 1 || len(got[0]) != 3 {
			t.Fatalf("reports at the start %v, want one with three links", got)
		}
		if want := uint32(unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV6_IFADDR | unix.RTMGRP_IPV6_ROUTE | unix.RTMGRP_IPV4_RULE | 0x40000 | 0x80000 | 0x800000); k.groups != want {
			t.Errorf("groups %#x, want %#x", k.groups, want)
		}

		k.events <- nil // not relevant: a scan through wireless extensions
		time.Sleep(time.Second)
		synctest.Wait()
		if got := reports(); len(got) != 0 {
			t.Errorf("reports %v without a change", got)
		}

		dumps := k.dumps
		k.events <- nil
		synctest.Wait()
		if k.dumps != dumps+4 {
			t.Errorf("%d lists requested when a burst begins, want 4", k.dumps-dumps)
		}
		for range 5 { // it goes on
			k.set(func(t *table) { t.addresses = t.addresses[:len(t.addresses)-1] })
			k.set(func(t *table) { t.addresses = append(t.addresses, addr(3, "2001:db8::5/64", 0)) })
			k.events <- nil
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		got := reports()
		if len(got) != 1 {
			t.Fatalf("%d reports of one burst, want one", len(got))
		}
		if diff := cmp.Diff(prefixes("10.0.0.5/24", "2001:db8::5/64"), got[0][2].Addresses, compareAddrs); diff != "" {
			t.Errorf("addresses (-want +got):\n%s", diff)
		}
		if k.dumps != dumps+8 { // when it begins and when it is over
			t.Errorf("%d lists requested in one burst, want 2 times 4", k.dumps-dumps)
		}

		k.set(func(t *table) { t.links = t.links[:2] })
		k.events <- unix.ENOBUFS // an overrun
		time.Sleep(time.Second)
		synctest.Wait()
		if got := reports(); len(got) != 1 || len(got[0]) != 2 {
			t.Errorf("reports after an overrun %v, want one with two links", got)
		}

		k.set(func(t *table) { *t = table{} })
		k.events <- nil
		time.Sleep(time.Second)
		k.events <- nil
		time.Sleep(time.Second)
		synctest.Wait()
		if got := reports(); len(got) != 1 || len(got[0]) != 0 {
			t.Errorf("reports of no links at all %v, want one", got)
		}
		stop()
	})
}

// Lists that take long to read, because someone on a link makes them long, take a fifth of the time at most.
func TestLongListsAreReadRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKernel(t, cafeTable())
		k.slow = 50 * time.Millisecond
		_, stop := watching(t, k)
		time.Sleep(time.Second)
		synctest.Wait()
		before := k.dumps
		for range 600 {
			select {
			case k.events <- nil:
			default:
			}
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		took := time.Duration(k.dumps-before) * k.slow
		if took > 12*time.Second || took < 6*time.Second {
			t.Errorf("lists were read for %v of a minute, want a fifth", took)
		}
		stop()
	})
}

// A link that can be probed from now on is reported at once: the rest of the burst may
// take as long as a tenth of a second.
func TestBecameUsable(t *testing.T) {
	whole := State{Index: 3}
	whole.Carrier, whole.Addresses, whole.Gateways, whole.DNS = true, prefixes("10.0.0.5/24"), ips("10.0.0.1"), ips("10.0.0.1")
	without := func(change func(*State)) []State {
		s := whole
		change(&s)
		return []State{s}
	}
	tests := []struct {
		name        string
		before, now []State
		want        bool
	}{
		{"nothing", nil, nil, false},
		{"it is there", nil, []State{whole}, true},
		{"it was there", []State{whole}, []State{whole}, false},
		{"another one was", without(func(s *State) { s.Index = 2 }), []State{whole}, true},
		{"it has a route now", without(func(s *State) { s.Gateways = nil }), []State{whole}, true},
		{"it has no carrier", nil, without(func(s *State) { s.Carrier = false }), false},
		{"it has no address", nil, without(func(s *State) { s.Addresses = nil }), false},
		{"it has no route", nil, without(func(s *State) { s.Gateways = nil }), false},
		{"it has no name servers", nil, without(func(s *State) { s.DNS = nil }), false},
		{"it is gone", []State{whole}, nil, false},
	}
	for _, test := range tests {
		if got := becameUsable(test.before, test.now); got != test.want {
			t.Errorf("%s: %t, want %t", test.name, got, test.want)
		}
	}
}

// Invariant: nothing runs when nothing happens.
func TestWatcherIsIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKernel(t, cafeTable())
		reports, stop := watching(t, k)
		reports()
		dumps := k.dumps
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if got := reports(); len(got) != 0 || k.dumps != dumps {
			t.Errorf("%d reports and %d lists requested in a day of silence, want none", len(got), k.dumps-dumps)
		}
		stop()
	})
}

func TestWatcherEndsWithinABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKernel(t, cafeTable())
		_, stop := watching(t, k)
		k.events <- nil
		synctest.Wait()
		began := time.Now()
		stop()
		if waited := time.Since(began); waited != 0 {
			t.Errorf("Run ended %v after cancellation", waited)
		}
	})
}

func TestWatcherFails(t *testing.T) {
	tests := []struct {
		name string
		fail func(*kernel)
		want error
	}{
		{"socket broken", func(k *kernel) { k.events <- unix.EIO }, unix.EIO},
		{"lists refused", func(k *kernel) {
			k.mu.Lock()
			k.refuse = unix.EPERM
			k.mu.Unlock()
			k.events <- nil
		}, unix.EPERM},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKernel(t, table{links: []rtnetlink.LinkMessage{iface(1, running, "lo")}})
				w := &Watcher{reader: k.reader("/no/such/directory", fakeBus{})}
				ended := make(chan error, 1)
				go func() { ended <- w.Run(t.Context(), func([]State) {}) }()
				synctest.Wait()
				test.fail(k)
				if err := <-ended; !errors.Is(err, test.want) {
					t.Errorf("Run returned %v, want %v", err, test.want)
				}
				if k.open != 0 {
					t.Errorf("%d sockets left open", k.open)
				}
			})
		})
	}
}

// A link gets its name servers after its addresses, without an event of the kernel.
func TestWatcherSeesNameServersComeLater(t *testing.T) {
	root := cafeFiles(t)
	k := newKernel(t, cafeTable())
	w := &Watcher{reader: k.reader(root, fakeBus{})}
	ctx, cancel := context.WithCancel(t.Context())
	reports := make(chan []State)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, func(s []State) { reports <- s }) }()
	<-reports

	write(t, filepath.Join(root, "etc/hosts"), "127.0.0.1 localhost\n") // not relevant
	write(t, filepath.Join(root, networkdFile), "DNS=10.0.0.99\n")
	if diff := cmp.Diff(ips("10.0.0.99"), (<-reports)[2].DNS, compareAddrs); diff != "" {
		t.Errorf("name servers (-want +got):\n%s", diff)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run returned %v after cancellation, want nil", err)
	}
}

// dhclient keeps its file open, and appends each lease to it.
func TestWatcherSeesALeaseAppended(t *testing.T) {
	const leases = "var/lib/dhcp/dhclient.leases"
	root := tree(t, map[string]string{leases: ""})
	file, err := os.OpenFile(filepath.Join(root, leases), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	defer file.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	w := &Watcher{reader: newKernel(t, cafeTable()).reader(root, fakeBus{})}
	reports := make(chan []State, 8)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, func(s []State) { reports <- s }) }()
	<-reports
	_, err = file.WriteString(leaseOf("wlan0", "10.0.0.5", `option default-url "`+leaseAPI+`";`))
	must(t, err)
	select {
	case now := <-reports:
		if now[2].API != leaseAPI {
			t.Errorf("state with the lease: %+v", now[2])
		}
	case <-ctx.Done():
		t.Error("no report of the lease")
	}
	cancel()
	must(t, <-ended)
}
