package bus

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"hotspot-helper/internal/bus/bustest"
)

// activating is a bus that can start services.
const activating = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <servicedir>%s</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// A client that may starts the agent, and another does not. The service is this very program, see below.
func TestActivation(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		exec string
		want error
	}{
		"an agent":          {self + " -test.run=^TestActivatedAgent$", nil},
		"one that fails":    {"/bin/false", errAny},
		"none is installed": {"", ErrNoAgent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			services := t.TempDir()
			if test.exec != "" {
				file := fmt.Sprintf("[D-BUS Service]\nName=%s\nExec=%s\n", Name, test.exec)
				if err := os.WriteFile(filepath.Join(services, Name+".service"), []byte(file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			config := Config{Address: bustest.StartAs(t, os.Getenv("HELPER_REQUIRE"), fmt.Sprintf(activating, services)).Address}
			if _, err := Dial(within(t), config); !errors.Is(err, ErrNoAgent) {
				t.Errorf("a client that does not start it: %v", err)
			}
			config.Activate = true
			client, err := Dial(within(t), config)
			if !errors.Is(err, test.want) && (test.want != errAny || err == nil || errors.Is(err, ErrNoAgent)) {
				t.Fatalf("a client that starts it: %v, want %v", err, test.want)
			}
			if err != nil {
				return
			}
			defer client.Close()
			if _, err := client.Status(within(t)); err != nil {
				t.Errorf("its status: %v", err)
			}
		})
	}
}

// errAny is any error but [ErrNoAgent].
var errAny = errors.New("any")

// TestActivatedAgent is the service of TestActivation, until its bus ends.
func TestActivatedAgent(t *testing.T) {
	address := os.Getenv("DBUS_STARTER_ADDRESS")
	if address == "" {
		t.Skip("no bus has started it")
	}
	ctx, stop := context.WithTimeout(t.Context(), limit)
	defer stop()
	_ = Serve(ctx, Config{Address: address}, &stub{}, "1.2.3") // the test ends the bus
}
