package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

// require skips the test if root or a package is missing, or with -short. A test that HELPER_REQUIRE names fails
// instead of being skipped.
func require(t *testing.T) {
	t.Helper()
	asked := strings.Split(os.Getenv("HELPER_REQUIRE"), ",")
	required := slices.Contains(asked, "netns") || slices.Contains(asked, "opennds")
	switch err := missing(); {
	case err != nil && required:
		t.Fatalf("required by HELPER_REQUIRE: %v", err)
	case err != nil:
		t.Skip(err)
	case testing.Short() && !required:
		t.Skip("takes minutes: not with -short")
	}
}

// missing returns what these tests need and the machine does not have.
var missing = sync.OnceValue(func() error {
	var errs []error
	if os.Geteuid() != 0 {
		errs = append(errs, errors.New("make network namespaces: not root"))
	} else if out, err := exec.Command("unshare", "--net", "--mount", "--pid", "--fork", "true").CombinedOutput(); err != nil {
		errs = append(errs, fmt.Errorf("make network namespaces: %w: %s", err, out)) // such as in a container without the capability
	}
	for _, tool := range []string{
		"ip", "curl", "nft", "iptables", "dnsmasq", "udhcpc", "opennds", "ndsctl", "php", "wget", "dbus-daemon", "setpriv", "nsenter", "pgrep",
	} {
		if _, err := exec.LookPath(tool); err != nil {
			errs = append(errs, fmt.Errorf("find %s (see setup.sh): %w", tool, err))
		}
	}
	return errors.Join(errs...)
})
