package bus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"hotspot-helper/agent"
	"hotspot-helper/claims"
	"hotspot-helper/wifi"
)

// echoing is an agent whose errors repeat what it was asked.
type echoing struct{ *stub }

func (echoing) Login(_ context.Context, iface string) error {
	return fmt.Errorf("find association of %q: %w", iface, agent.ErrNoAssociation)
}

// A long interface name is refused without being repeated. [TestLongCallsAreRefused] is about
// those that are longer than a message may be.
func TestArgumentsAreBounded(t *testing.T) {
	t.Parallel()
	config := privateBus(t)
	a := echoing{&stub{}}
	serveOn(t, config, a)
	client := dial(t, config)
	huge := strings.Repeat("\x01", maxCallBody/2)
	for name, ask := range map[string]func(context.Context, string) error{"login": client.Login, "logoff": client.Logoff} {
		if err := ask(within(t), huge); err == nil || len(err.Error()) > 300 || !strings.Contains(err.Error(), "at most 15 bytes") {
			t.Errorf("%s: %.300v", name, err)
		}
	}
	if err := client.AcceptChanged(within(t), "wlan0", huge); err == nil || len(err.Error()) > 300 || !strings.Contains(err.Error(), "at most 64 bytes") {
		t.Errorf("accept: %.300v", err)
	}
	if err := client.Resume(within(t), "wlan0", agent.CauseKind(huge)); err == nil || len(err.Error()) > 300 || !strings.Contains(err.Error(), "at most 16 bytes") {
		t.Errorf("resume: %.300v", err)
	}
	if got := a.requests(); len(got) != 0 {
		t.Errorf("the agent is asked: %.100q", got)
	}
	if _, err := client.Status(within(t)); err != nil {
		t.Errorf("the same agent does not answer afterwards: %v", err)
	}
}

// claimant is an agent that takes long to say who claims a network.
type claimant struct {
	*stub

	asked chan struct{}
	until chan struct{}
}

func (c claimant) Claims(context.Context, wifi.SSID) []claims.Claim {
	c.asked <- struct{}{}
	<-c.until
	return nil
}

// A caller that asks who claims a network, again and again without waiting, is told that the agent
// is busy. The status does not wait, and the agent answers again afterwards.
func TestClaimsAreBounded(t *testing.T) {
	t.Parallel()
	const calls = maxCalls
	config := privateBus(t)
	a := claimant{&stub{}, make(chan struct{}, calls), make(chan struct{})}
	serveOn(t, config, a)
	client := dial(t, config)
	answers := make(chan error, calls)
	for range calls {
		go func() {
			_, err := client.Claims(within(t), "Cafe")
			answers <- err
		}()
	}
	for range calls - maxClaims {
		if err := <-answers; !errors.Is(err, ErrBusy) {
			t.Fatalf("more claims than the agent makes at a time: %v", err)
		}
	}
	if _, err := client.Status(within(t)); err != nil {
		t.Errorf("status: %v", err)
	}
	close(a.until)
	for range maxClaims {
		if err := <-answers; err != nil {
			t.Errorf("claims: %v", err)
		}
	}
	if n := len(a.asked); n != maxClaims {
		t.Errorf("%d are asked of the agent", n)
	}
	if _, err := client.Claims(within(t), "Cafe"); err != nil {
		t.Errorf("claims afterwards: %v", err)
	}
}

// No error of an agent makes a reply that the bus does not take.
func TestErrorsAreBounded(t *testing.T) {
	t.Parallel()
	if err := toBus(fmt.Errorf("log in: %s", strings.Repeat("é", 1<<20))); len(err.Error()) > 4200 || !strings.HasSuffix(err.Error(), "é…") {
		t.Errorf("%d bytes, %q", len(err.Error()), err.Error()[len(err.Error())-20:])
	}
}

// systemBus is the part of dbus-daemon's system.conf that concerns services.
const systemBus = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
  </policy>
  <include>%s</include>
</busconfig>
`

// asUser opens a connection as another user, with more groups: the kernel tells the bus who the connecting
// thread is.
func asUser[C io.Closer](t *testing.T, uid int, open func() (C, error), groups ...uint32) C {
	t.Helper()
	type result struct {
		conn C
		err  error
	}
	opened := make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		var r result
		if _, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(unsafe.SliceData(groups))), 0); errno != 0 {
			r.err = errno
		} else if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid)); errno != 0 {
			r.err = errno
		} else {
			r.conn, r.err = open()
		}
		opened <- r
	}()
	r := <-opened
	if r.err != nil {
		t.Fatal(r.err)
	}
	t.Cleanup(func() { _ = r.conn.Close() })
	return r.conn
}

// dialAs connects as another user, with more groups.
func dialAs(t *testing.T, address string, uid int, groups ...uint32) *dbus.Conn {
	t.Helper()
	conn := asUser(t, uid, func() (*dbus.Conn, error) { return dbus.Dial(address) }, groups...)
	if err := conn.Auth([]dbus.Auth{dbus.AuthExternal(fmt.Sprint(uid))}); err != nil {
		t.Fatal(err)
	}
	if err := conn.Hello(); err != nil {
		t.Fatal(err)
	}
	return conn
}

// With the shipped policy, a user who may not read the status receives no transitions
// either, also not by a match rule for everything.
func TestPolicyOfTheSystemBus(t *testing.T) {
	a := &stub{}
	config := systemAgent(t, a)
	member, other := dialAs(t, config.Address, 0), dialAs(t, config.Address, strangerID)
	received := map[*dbus.Conn]chan *dbus.Signal{}
	for _, conn := range []*dbus.Conn{member, other} {
		received[conn] = make(chan *dbus.Signal, 16)
		conn.Signal(received[conn])
		if err := conn.AddMatchSignal(); err != nil {
			t.Fatal(err)
		}
		err := conn.Object(Name, Path).CallWithContext(within(t), Interface+"."+methodGetStatus, 0).Err
		if (err == nil) != (conn == member) {
			t.Errorf("asking for the status: %v", err)
		}
	}
	a.announce(0, 1)
	isTransition := func(s *dbus.Signal) bool { return s.Name == Interface+"."+signalTransition }
	for !isTransition(<-received[member]) { // the bus sends a signal to all receivers at the same time
	}
	if err := other.BusObject().CallWithContext(within(t), "org.freedesktop.DBus.GetId", 0).Err; err != nil {
		t.Fatal(err)
	}
	for len(received[other]) > 0 {
		if s := <-received[other]; isTransition(s) {
			t.Errorf("a stranger receives %v", s)
		}
	}
}
