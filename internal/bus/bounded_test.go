package bus

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/wifi"
)

// No message makes the agent decode much, whatever method and object it is for. The caller gets
// an answer, and the agent stays on the bus.
func TestLongCallsAreRefused(t *testing.T) {
	t.Parallel()
	config := privateBus(t)
	a := &stub{}
	serveOn(t, config, a)
	conn, err := dbus.Connect(config.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var owner, now string
	find := func(owner *string) {
		if err := conn.BusObject().CallWithContext(within(t), "org.freedesktop.DBus.GetNameOwner", 0, Name).Store(owner); err != nil {
			t.Fatal(err)
		}
	}
	find(&owner)
	long := bytes.Repeat([]byte("x"), 1<<20)
	for _, path := range []dbus.ObjectPath{Path, dbus.ObjectPath("/" + strings.Repeat("x", maxMessage/2))} {
		for _, method := range []string{Interface + "." + methodGetClaims, Interface + "." + methodGetStatus, "a.b.C"} {
			for _, argument := range []any{long, string(long)} {
				err := conn.Object(Name, path).CallWithContext(within(t), method, dbus.FlagNoAutoStart, argument).Err
				if answer, ok := errors.AsType[dbus.Error](err); !ok || len(err.Error()) > maxMessage {
					t.Errorf("%s of %.20s: %.200v, %.200v", method, path, answer, err)
				}
			}
		}
	}
	if got := a.requests(); len(got) != 0 {
		t.Errorf("the agent is asked: %.100q", got)
	}
	if find(&now); now != owner {
		t.Errorf("the agent left the bus: %s, then %s", owner, now)
	}
	client := dial(t, config)
	if _, err := client.Claims(within(t), wifi.SSID("Cafe")); err != nil {
		t.Error(err)
	}
	if err := client.Login(within(t), "wlan0"); err != nil || len(a.requests()) != 1 {
		t.Errorf("%v, %q", err, a.requests())
	}
	if err := conn.Object(Name, Path).CallWithContext(within(t), Interface+"."+methodLogin, 0, strings.Repeat("x", maxInterface+1)).Err; err == nil || !strings.Contains(err.Error(), "at most 15 bytes") {
		t.Error(err)
	}
}
