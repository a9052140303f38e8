package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/claims"
	"hotspot-helper/internal/bus/wire"
	"hotspot-helper/wifi"
)

const rawSSID = wifi.SSID("raw \xff\x00\\x41 \xe2\x98\x95")

func TestViews(t *testing.T) {
	t.Parallel()
	config := privateBus(t)
	a := &stub{
		status:   filled[agent.Status](t),
		networks: filled[[]annotate.Network](t),
		claims:   map[wifi.SSID][]claims.Claim{rawSSID: filled[[]claims.Claim](t)},
	}
	a.networks[0].SSID = rawSSID
	serveOn(t, config, a)
	client := dial(t, config)
	status, err := client.Status(within(t))
	if diff := cmp.Diff(a.status, status, equal); diff != "" || err != nil {
		t.Errorf("status: %v\n%s", err, diff)
	}
	networks, err := client.Networks(within(t))
	if diff := cmp.Diff(a.networks, networks); diff != "" || err != nil {
		t.Errorf("networks: %v\n%s", err, diff)
	}
	made, err := client.Claims(within(t), rawSSID)
	if diff := cmp.Diff(a.claims[rawSSID], made, equal); diff != "" || err != nil {
		t.Errorf("claims: %v\n%s", err, diff)
	}
	made, err = client.Claims(within(t), "unknown")
	if diff := cmp.Diff([]claims.Claim{}, made); diff != "" || err != nil {
		t.Errorf("no claims: %v\n%s", err, diff)
	}
	if _, err := client.Claims(within(t), wifi.SSID(strings.Repeat("x", 33))); err == nil {
		t.Error("an SSID of 33 bytes is taken")
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	config := privateBus(t)
	a := &stub{refuse: map[string]error{
		"login eth0":   fmt.Errorf("find association of %q: %w", "eth0", agent.ErrNoAssociation),
		"logoff eth0":  fmt.Errorf("find association of %q: %w", "eth0", agent.ErrNoAssociation),
		"logoff eth1":  fmt.Errorf("log off from the network of eth1: %w", agent.ErrNotLoggedIn),
		"logoff wlan1": errors.New("portal says \xff\x00"),
	}}
	serveOn(t, config, a)
	client := dial(t, config)
	for _, test := range []struct {
		ask   func(context.Context, string) error
		iface string
		kind  error
		text  string
	}{
		{client.Login, "wlan0", nil, ""},
		{client.Logoff, "wlan0", nil, ""},
		{client.Login, "", nil, ""},
		{client.Login, "eth0", agent.ErrNoAssociation, `find association of "eth0": no network is joined there`},
		{client.Logoff, "eth0", agent.ErrNoAssociation, `find association of "eth0": no network is joined there`},
		{client.Logoff, "eth1", agent.ErrNotLoggedIn, "log off from the network of eth1: no helper has logged in to it"},
		{client.Logoff, "wlan1", nil, "portal says ��"},
		{client.Suspect, "wlan0", nil, ""},
		{client.Probe, "wlan0", nil, ""},
	} {
		err := test.ask(within(t), test.iface)
		switch {
		case test.text == "" && err == nil:
		case err == nil, err.Error() != test.text, test.kind != nil && !errors.Is(err, test.kind):
			t.Errorf("%q: got %v, want %q", test.iface, err, test.text)
		}
	}
	if err := client.AcceptChanged(within(t), "wlan0", "0123"); err != nil {
		t.Error(err)
	}
	if err := client.Resume(within(t), "wlan0", agent.CauseInput); err != nil {
		t.Error(err)
	}
	want := []string{"login wlan0", "logoff wlan0", "login ", "login eth0", "logoff eth0", "logoff eth1", "logoff wlan1", "suspect wlan0: window", "suspect wlan0: probe", "accept 0123 on wlan0", "resume wlan0 with input"}
	if diff := cmp.Diff(want, a.requests()); diff != "" {
		t.Error(diff)
	}
}

func TestErrorNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		name string
	}{
		{agent.ErrNoAssociation, "org.hotspothelper.Error.NoAssociation"},
		{agent.ErrNotLoggedIn, "org.hotspothelper.Error.NotLoggedIn"},
		{errors.New("else"), "org.hotspothelper.Error.Failed"},
	} {
		if got := toBus(test.err); got.Name != test.name {
			t.Errorf("%v goes by %s, want %s", test.err, got.Name, test.name)
		}
	}
	for name, want := range map[string]error{
		"org.freedesktop.DBus.Error.AccessDenied":   ErrDenied,
		"org.freedesktop.DBus.Error.LimitsExceeded": ErrBusy,
		"org.freedesktop.DBus.Error.ServiceUnknown": ErrNoAgent,
		"org.freedesktop.DBus.Error.NoReply":        ErrNoAgent,
	} {
		if err := fromAgent("Login", dbus.Error{Name: name}); !errors.Is(err, want) {
			t.Errorf("%s is %v, want %v", name, err, want)
		}
	}
	if err := fromAgent("Login", context.DeadlineExceeded); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("deadline is %v", err)
	}
}

func TestSubscribe(t *testing.T) {
	t.Parallel()
	config := privateBus(t)
	a := &stub{}
	serveOn(t, config, a)
	client := dial(t, config)
	ctx, stop := context.WithCancel(within(t))
	changes, err := client.Subscribe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// What another connection sends to this one alone is not the agent's.
	impostor, err := dbus.Connect(config.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer impostor.Close()
	forge(t, impostor, client.conn.Names()[0])
	a.announce(0, maxQueue)
	for i := range maxQueue {
		select {
		case got := <-changes:
			if want := fmt.Sprint(i); got.Cause != want {
				t.Fatalf("transition %s came, want %s", got.Cause, want)
			}
		case <-ctx.Done():
			t.Fatalf("transition %d did not come", i)
		}
	}
	stop()
	ctx = within(t)
	changes, err = client.Subscribe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	a.announce(1000, 1001)
	select {
	case got := <-changes:
		if got.Cause != "1000" {
			t.Errorf("transition %s came, want 1000", got.Cause)
		}
	case <-ctx.Done():
		t.Error("nothing comes by a second subscription")
	}
}

// forge sends a transition to one connection. The bus has passed it on when forge returns.
func forge(t *testing.T, conn *dbus.Conn, to string) {
	t.Helper()
	forged := []any{dictionary{"cause": dbus.MakeVariant("forged")}}
	conn.Send(&dbus.Message{
		Type: dbus.TypeSignal,
		Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldDestination: dbus.MakeVariant(to),
			dbus.FieldPath:        dbus.MakeVariant(dbus.ObjectPath(Path)),
			dbus.FieldInterface:   dbus.MakeVariant(Interface),
			dbus.FieldMember:      dbus.MakeVariant(signalTransition),
			dbus.FieldSignature:   dbus.MakeVariant(dbus.SignatureOf(forged...)),
		},
		Body: forged,
	}, nil)
	if err := conn.BusObject().Call("org.freedesktop.DBus.GetId", 0).Err; err != nil {
		t.Fatal(err)
	}
}

// TestTransition judges signals by who sent them.
func TestTransition(t *testing.T) {
	t.Parallel()
	client := &Client{agent: (&dbus.Conn{}).Object(":1.7", Path), logger: slog.New(slog.DiscardHandler)}
	body := []any{dictionary{"cause": dbus.MakeVariant("c")}}
	good := dbus.Signal{Sender: ":1.7", Path: Path, Name: "org.hotspothelper.Agent1.Transition", Body: body}
	for name, spoil := range map[string]func(*dbus.Signal){
		"":             func(*dbus.Signal) {},
		"sender":       func(s *dbus.Signal) { s.Sender = ":1.8" },
		"path":         func(s *dbus.Signal) { s.Path = "/" },
		"name":         func(s *dbus.Signal) { s.Name = "org.freedesktop.DBus.NameAcquired" },
		"empty body":   func(s *dbus.Signal) { s.Body = nil },
		"body":         func(s *dbus.Signal) { s.Body = []any{"text"} },
		"wrong values": func(s *dbus.Signal) { s.Body = []any{dictionary{"cause": dbus.MakeVariant(int64(1))}} },
	} {
		signal := good
		spoil(&signal)
		if _, ok := client.transition(&signal); ok != (name == "") {
			t.Errorf("wrong %s: taken %v", name, ok)
		}
	}
}

func TestNoBusOrNoAgent(t *testing.T) {
	t.Parallel()
	nowhere := Config{Address: "unix:path=" + t.TempDir() + "/bus"}
	if err := Serve(within(t), nowhere, &stub{}, ""); !errors.Is(err, ErrNoBus) {
		t.Errorf("serve without a bus: %v", err)
	}
	if _, err := Dial(within(t), nowhere); !errors.Is(err, ErrNoBus) {
		t.Errorf("dial without a bus: %v", err)
	}
	config := privateBus(t)
	if _, err := Dial(within(t), config); !errors.Is(err, ErrNoAgent) {
		t.Errorf("dial without an agent: %v", err)
	}
	end := serveOn(t, config, &stub{})
	if err := Serve(within(t), config, &stub{}, ""); !errors.Is(err, ErrTaken) {
		t.Errorf("serve beside another: %v", err)
	}
	client := dial(t, config)
	if err := end(); err != nil {
		t.Errorf("serve until it is stopped: %v", err)
	}
	serveOn(t, config, &stub{})
	if _, err := client.Status(within(t)); !errors.Is(err, ErrNoAgent) {
		t.Errorf("ask an agent that left: %v", err)
	}
}

func TestEnded(t *testing.T) {
	t.Parallel()
	config := privateBus(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := Serve(ctx, config, &stub{}, ""); err != nil {
		t.Errorf("serve when it is over: %v", err)
	}
	if _, err := Dial(ctx, config); !errors.Is(err, context.Canceled) {
		t.Errorf("dial when it is over: %v", err)
	}
}

// TestNothingStays is not parallel: it counts goroutines.
func TestNothingStays(t *testing.T) {
	config := privateBus(t)
	before := runtime.NumGoroutine()
	a := &stub{}
	end := serveOn(t, config, a)
	client := dial(t, config)
	if _, err := client.Subscribe(t.Context()); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := end(); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > closeTime/2 {
		t.Errorf("serve took %v to end", took)
	}
	if n := a.listening(); n != 0 {
		t.Errorf("%d listeners stay", n)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	// The contexts of within and t.Context keep no goroutine.
	eventually(t, "goroutines end", func() bool { return runtime.NumGoroutine() <= before })
}

// daemon is the process of a bus.
func daemon(t *testing.T, config Config) int {
	t.Helper()
	conn, err := dbus.Connect(config.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var pid uint32
	if err := conn.BusObject().Call("org.freedesktop.DBus.GetConnectionUnixProcessID", 0, "org.freedesktop.DBus").Store(&pid); err != nil {
		t.Fatal(err)
	}
	return int(pid)
}

// TestStuckBus stops the daemon: neither the agent's loop nor the end of the program waits for it.
func TestStuckBus(t *testing.T) {
	t.Parallel()
	config := privateBus(t)
	pid := daemon(t, config)
	conn, err := connect(within(t), config, wire.Options{Message: maxMessage})
	if err != nil {
		t.Fatal(err)
	}
	var logged lockedBuffer
	out := newAnnouncer(conn, slog.New(slog.NewTextHandler(&logged, nil)))
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(pid, syscall.SIGCONT) }()
	large := agent.Transition{Cause: strings.Repeat("x", 1<<16)} // a socket holds a few of them
	start := time.Now()
	for range 4 * maxQueue {
		out.add(large)
	}
	if took := time.Since(start); took > closeTime {
		t.Errorf("the agent's loop was held up for %v", took)
	}
	full := 0
	eventually(t, "nothing is sent any more", func() bool {
		if full++; len(out.queue) < maxQueue {
			full = 0
			out.add(large)
		}
		return full > 100
	})
	if n := strings.Count(logged.String(), "bus is too slow"); n != 1 {
		t.Errorf("overflow logged %d times:\n%s", n, logged.String())
	}
	start = time.Now()
	disconnect(conn, out)
	took := time.Since(start)
	t.Logf("let go after %v", took)
	if took > 3*closeTime {
		t.Errorf("it took %v to let go of the bus", took)
	}
}

func TestBusEnds(t *testing.T) {
	t.Parallel()
	config := privateBus(t)
	pid := daemon(t, config)
	ended := make(chan error, 1)
	a := &stub{}
	go func() { ended <- Serve(within(t), config, a, "") }()
	eventually(t, "agent is on the bus", func() bool { return a.listening() == 1 })
	var client *Client
	eventually(t, "agent is found", func() bool {
		var err error
		client, err = Dial(within(t), config)
		return err == nil
	})
	defer client.Close()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "the connection ended") {
		t.Errorf("serve on a bus that ends: %v", err)
	}
	if _, err := client.Status(within(t)); err == nil {
		t.Error("a client answers without a bus")
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
