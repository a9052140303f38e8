package link

import (
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// What a later reading does not meet again does not end the watcher.
func TestWatcherRetries(t *testing.T) {
	tests := []struct {
		name string
		fail func(*kernel)
	}{
		{"every dump is interrupted for a while", func(k *kernel) { k.interrupted = 20 }},
		{"a signal interrupts the dumps", func(k *kernel) { k.refuse = unix.EINTR }},
		{"a dump overruns its socket", func(k *kernel) { k.refuse = unix.ENOBUFS }},
		{"too many open files", func(k *kernel) { k.refuse = unix.EMFILE }},
	}
	for _, test := range tests {
		for _, atStart := range []bool{true, false} {
			t.Run(test.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					k := newKernel(t, cafeTable())
					if atStart {
						test.fail(k)
					}
					reports, stop := watching(t, k)
					if got := reports(); (len(got) == 0) != atStart {
						t.Errorf("reports at the start: %v", got)
					}
					k.set(func(t *table) { t.links = t.links[:2] })
					if !atStart {
						k.mu.Lock()
						test.fail(k)
						k.mu.Unlock()
						k.events <- nil
					}
					time.Sleep(time.Minute)
					k.mu.Lock()
					k.refuse = nil
					k.mu.Unlock()
					time.Sleep(time.Minute)
					synctest.Wait()
					if got := reports(); len(got) != 1 {
						t.Errorf("%d reports when the kernel answers again, want one", len(got))
					}
					stop()
				})
			})
		}
	}
}
