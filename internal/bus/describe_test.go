package bus

import (
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/introspect"
	"github.com/google/go-cmp/cmp"
)

// TestIntrospection pins what other programs see, in "name type direction".
func TestIntrospection(t *testing.T) {
	t.Parallel()
	config := privateBus(t)
	serveOn(t, config, &stub{})
	conn, err := dbus.Connect(config.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	node, err := introspect.Call(conn.Object(Name, Path))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, iface := range node.Interfaces {
		got[iface.Name] = nil
		if iface.Name != Interface {
			continue
		}
		for _, m := range iface.Methods {
			got[m.Name+"()"] = arguments(m.Args)
			explained(t, m.Name, m.Annotations)
		}
		for _, s := range iface.Signals {
			got[s.Name] = arguments(s.Args)
			explained(t, s.Name, s.Annotations)
		}
		for _, p := range iface.Properties {
			got[p.Name] = []string{p.Type + " " + p.Access}
		}
	}
	want := map[string][]string{
		"org.freedesktop.DBus.Introspectable": nil,
		"org.freedesktop.DBus.Peer":           nil,
		"org.freedesktop.DBus.Properties":     nil,
		"org.hotspothelper.Agent1":            nil,
		"GetStatus()":                         {"status a{sv} out"},
		"GetNetworks()":                       {"networks aa{sv} out"},
		"GetClaims()":                         {"ssid ay in", "claims aa{sv} out"},
		"Login()":                             {"interface s in"},
		"Resume()":                            {"interface s in", "given s in"},
		"Logoff()":                            {"interface s in"},
		"AcceptChanged()":                     {"interface s in", "accept s in"},
		"Suspect()":                           {"interface s in"},
		"Probe()":                             {"interface s in"},
		"Transition":                          {"transition a{sv}"},
		"Version":                             {"s read"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func arguments(args []introspect.Arg) []string {
	var list []string
	for _, a := range args {
		list = append(list, strings.TrimSpace(a.Name+" "+a.Type+" "+a.Direction))
	}
	return list
}

func explained(t *testing.T, member string, annotations []introspect.Annotation) {
	t.Helper()
	if len(annotations) != 1 || annotations[0].Value == "" {
		t.Errorf("%s has no explanation", member)
	}
}

// TestDescription holds the description to what is exported: every method is
// there, with the arguments described.
func TestDescription(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for name, method := range (&service{}).methods() {
		want[name] = signatureOf(reflect.TypeOf(method))
	}
	got := map[string]string{}
	for _, m := range describe().Methods {
		got[m.Name] = signature(m.Args)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// signatureOf is the signature of a method as godbus takes it: its first argument is the call
// itself, its last result an error.
func signatureOf(method reflect.Type) string {
	text := ""
	for in := range method.Ins() {
		if in == reflect.TypeFor[dbus.Message]() {
			continue
		}
		text += "in " + dbus.SignatureOfType(in).String() + ";"
	}
	for i := range method.NumOut() - 1 {
		text += "out " + dbus.SignatureOfType(method.Out(i)).String() + ";"
	}
	return text
}

func signature(args []introspect.Arg) string {
	text := ""
	for _, a := range args {
		text += a.Direction + " " + a.Type + ";"
	}
	return text
}

func TestBusctl(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("busctl"); err != nil {
		t.Skipf("find busctl: %v", err)
	}
	config := privateBus(t)
	serveOn(t, config, &stub{})
	out, err := exec.CommandContext(within(t), "busctl", "--address="+config.Address, "--no-pager", "introspect", Name, Path, Interface).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got []string
	for line := range strings.Lines(string(out)) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"NAME TYPE SIGNATURE RESULT/VALUE FLAGS",
		".AcceptChanged method ss - -",
		".GetClaims method ay aa{sv} -",
		".GetNetworks method - aa{sv} -",
		".GetStatus method - a{sv} -",
		".Login method s - -",
		".Logoff method s - -",
		".Probe method s - -",
		".Resume method ss - -",
		".Suspect method s - -",
		`.Version property s "1.2.3" const`,
		".Transition signal a{sv} - -",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestShippedNames holds the files that buses read to the name that the agent takes.
func TestShippedNames(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		Name + ".conf":    `<allow own="` + Name + `"/>`,
		Name + ".service": "\nName=" + Name + "\n",
	} {
		text, err := os.ReadFile("../../configs/dbus/" + file)
		if err != nil {
			t.Error(err)
		} else if !strings.Contains(string(text), want) {
			t.Errorf("%s is without %q", file, want)
		}
	}
}
