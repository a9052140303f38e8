package signin_test

import (
	"bufio"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/internal/browser"
)

// startWindow opens the window of helper open on a screen, with a proxy.
func startWindow(t *testing.T, proxy string) *driven {
	t.Helper()
	address, err := netip.ParseAddrPort(proxy)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	env := map[string]string{"HOME": home, "XDG_RUNTIME_DIR": home, "PATH": os.Getenv("PATH"), "DISPLAY": startScreen(t)}
	getenv := func(name string) string { return env[name] }
	found, err := browser.Find(getenv, []string{"chromium"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := browser.Start(t.Context(), browser.Options{Browser: found, URL: check, Proxy: address, Getenv: getenv, Pipe: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() }) // errs if it ended as it was told to
	return share(w.Pipe)
}

// require skips the test without what it needs, or with -short. If HELPER_REQUIRE has browser, it fails.
func require(t *testing.T) {
	t.Helper()
	required := slices.Contains(strings.Split(os.Getenv("HELPER_REQUIRE"), ","), "browser")
	if testing.Short() && !required {
		t.Skip("it takes some seconds for each portal: make signin")
	}
	for _, program := range []string{"chromium", "Xvfb"} {
		if _, err := exec.LookPath(program); err != nil && required {
			t.Fatal("required by HELPER_REQUIRE: ", err)
		} else if err != nil {
			t.Skip(err)
		}
	}
}

// startScreen starts an X server without a screen, and returns its DISPLAY.
func startScreen(t *testing.T) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1024x768x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{write}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close() // the server has it
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // it is an error that it was stopped
	})
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal("start Xvfb: ", err)
	}
	return ":" + strings.TrimSpace(number)
}
