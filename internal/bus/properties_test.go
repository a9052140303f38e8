package bus

import (
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
	"github.com/google/go-cmp/cmp"
)

// TestProperties asks as every program on the bus may.
func TestProperties(t *testing.T) {
	t.Parallel()
	config := privateBus(t)
	serveOn(t, config, &stub{})
	conn, err := dbus.Connect(config.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	agent := conn.Object(Name, Path)
	var all map[string]dbus.Variant
	if err := agent.Call("org.freedesktop.DBus.Properties.GetAll", 0, Interface).Store(&all); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]dbus.Variant{"Version": dbus.MakeVariant("1.2.3")}, all, cmp.AllowUnexported(dbus.Variant{}, dbus.Signature{})); diff != "" {
		t.Error(diff)
	}
	for _, test := range []struct {
		member string
		args   []any
		want   string
	}{
		{"Get", []any{Interface, "Version"}, ""},
		{"Get", []any{Interface, "version"}, prop.ErrPropNotFound.Name},
		{"Get", []any{"org.example", "Version"}, prop.ErrIfaceNotFound.Name},
		{"GetAll", []any{"org.example"}, prop.ErrIfaceNotFound.Name},
		{"Set", []any{Interface, "Version", dbus.MakeVariant("2")}, prop.ErrReadOnly.Name},
		{"Set", []any{Interface, "Nothing", dbus.MakeVariant("2")}, prop.ErrPropNotFound.Name},
	} {
		got := ""
		if err, ok := agent.Call("org.freedesktop.DBus.Properties."+test.member, 0, test.args...).Err.(dbus.Error); ok {
			got = err.Name
		}
		if got != test.want {
			t.Errorf("%s%v: error %q, want %q", test.member, test.args, got, test.want)
		}
	}
}
