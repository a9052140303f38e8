package bus

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hotspot-helper/internal/bus/bustest"
)

// serveUntil serves a stub until the returned function is called.
func serveUntil(t *testing.T, config Config) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	served, ended := make(chan struct{}), make(chan error, 1)
	config.Serving = func() { close(served) }
	go func() { ended <- Serve(ctx, config, &stub{}, "test") }()
	select {
	case <-served:
	case err := <-ended:
		t.Fatal(err)
	}
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// Await returns when an agent comes, at once if one is there, and when the context ends. Gone tells that it left.
func TestAgentComesAndLeaves(t *testing.T) {
	t.Parallel()
	config := privateBus(t)
	awaited := make(chan error, 1)
	await := func(ctx context.Context, failure error) {
		go func() { awaited <- Await(ctx, config, time.Hour, failure) }()
	}
	_, failure := Dial(within(t), config)
	await(within(t), failure)
	stop := serveUntil(t, config)
	if err := <-awaited; err != nil {
		t.Fatal(err)
	}
	await(within(t), failure)
	if err := <-awaited; err != nil {
		t.Fatalf("an agent that is there: %v", err)
	}
	client := dial(t, config)
	if version, err := client.Version(within(t)); err != nil || version != "test" {
		t.Errorf("version %q, %v", version, err)
	}
	gone, err := client.Gone(within(t))
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-gone:
		t.Error("it is gone while it is there")
	default:
	}
	stop()
	<-gone
	if gone, err = client.Gone(within(t)); err == nil {
		<-gone // it had left before
	}
	ctx, cancel := context.WithCancelCause(within(t))
	await(ctx, failure)
	enough := errors.New("enough")
	cancel(enough)
	if err := <-awaited; !errors.Is(err, enough) {
		t.Errorf("it ends with %v", err)
	}
}

// A bus that goes away takes the agent along, and Await waits for its socket.
func TestBusComesAndLeaves(t *testing.T) {
	t.Parallel()
	daemon := bustest.Start(t, os.Getenv("HELPER_REQUIRE"))
	config := Config{Address: daemon.Address}
	ended := make(chan error, 1)
	served := make(chan struct{})
	serving := config
	serving.Serving = func() { close(served) }
	go func() { ended <- Serve(within(t), serving, &stub{}, "test") }()
	<-served
	client := dial(t, config)
	gone, err := client.Gone(within(t))
	if err != nil {
		t.Fatal(err)
	}
	daemon.Stop()
	<-gone
	<-ended

	config.Address = "unix:path=" + filepath.Join(t.TempDir(), "bus")
	_, failure := Dial(within(t), config)
	if !errors.Is(failure, ErrNoBus) {
		t.Fatal(failure)
	}
	ctx, cancel := context.WithCancel(within(t))
	awaited := make(chan error, 1)
	go func() { awaited <- Await(ctx, config, time.Hour, failure) }()
	cancel()
	if err := <-awaited; !errors.Is(err, context.Canceled) {
		t.Errorf("without a bus it ends with %v", err)
	}
}
