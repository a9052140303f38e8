package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// require skips the test where root or a package is missing, and fails it there if HELPER_REQUIRE asks for them.
func require(t *testing.T) {
	t.Helper()
	err := missing()
	if err == nil {
		return
	}
	asked := strings.Split(os.Getenv("HELPER_REQUIRE"), ",")
	if slices.Contains(asked, "netns") || slices.Contains(asked, "opennds") {
		t.Fatalf("required by HELPER_REQUIRE: %v", err)
	}
	t.Skip(err)
}

// missing says what these tests need and this machine does not give.
func missing() error {
	var errs []error
	if os.Geteuid() != 0 {
		errs = append(errs, errors.New("make network namespaces: not root"))
	}
	for _, tool := range []string{
		"ip", "curl", "nft", "iptables", "dnsmasq", "udhcpc", "opennds", "ndsctl", "wget", "dbus-daemon", "setpriv", "nsenter", "pgrep",
	} {
		if _, err := exec.LookPath(tool); err != nil {
			errs = append(errs, fmt.Errorf("find %s (see setup.sh): %w", tool, err))
		}
	}
	return errors.Join(errs...)
}
