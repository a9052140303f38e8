// Package packaging tests what makes packages.
package packaging

import (
	"os/exec"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	for described, want := range map[string][3]string{ // deb and rpm, archlinux, apk
		"v1.2.3":               {"1.2.3", "1.2.3", "1.2.3"},
		"v1.2.3-5-gabcdef0":    {"1.2.3+5.gabcdef0", "1.2.3+5.gabcdef0", "1.2.3_p5"},
		"v1.2.3-dirty":         {"1.2.3.dirty", "1.2.3.dirty", "1.2.3"},
		"v1.3.0-rc.1":          {"1.3.0~rc.1", "1.3.0rc1", "1.3.0_rc1"},
		"v1.3.0-rc.1-2-gabcde": {"1.3.0~rc.1+2.gabcde", "1.3.0rc1+2.gabcde", "1.3.0_rc1_p2"},
		"fcfc68b":              {"0.0.0+git20261130.fcfc68b", "0.0.0+git20261130.fcfc68b", "0.0.0_git20261130"},
		"1234567-dirty":        {"0.0.0+git20261130.1234567.dirty", "0.0.0+git20261130.1234567.dirty", "0.0.0_git20261130"},
	} {
		for format, want := range map[string]string{"deb": want[0], "rpm": want[0], "archlinux": want[1], "apk": want[2]} {
			output, err := exec.CommandContext(t.Context(), "../../packaging/version.sh", format, described, "20261130").CombinedOutput()
			if got := strings.TrimSpace(string(output)); err != nil || got != want {
				t.Errorf("%s of %s is %q, want %q: %v", format, described, got, want, err)
			}
		}
	}
}

// TestOrder checks that dpkg sorts the versions as they were made.
func TestOrder(t *testing.T) {
	t.Parallel()
	dpkg, err := exec.LookPath("dpkg")
	if err != nil {
		t.Skip("no dpkg here")
	}
	versions := []string{"fcfc68b", "v1.2.3", "v1.2.3-5-gabcdef0", "v1.2.3-10-g0", "v1.3.0-rc.1", "v1.3.0-rc.1-2-gabcde", "v1.3.0"}
	var last string
	for _, described := range versions {
		output, err := exec.CommandContext(t.Context(), "../../packaging/version.sh", "deb", described, "20261130").Output()
		if err != nil {
			t.Fatal(err)
		}
		version := strings.TrimSpace(string(output))
		if last != "" && exec.CommandContext(t.Context(), dpkg, "--compare-versions", last, "lt", version).Run() != nil {
			t.Errorf("%s is not before %s", last, version)
		}
		last = version
	}
}
