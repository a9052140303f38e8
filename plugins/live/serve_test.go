package live_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/plugins/live"
)

// served serves a helper to a client that a function plays, and returns how that ended.
func served(t *testing.T, helper *live.Helper, client func(call func(text string) (answer string))) error {
	t.Helper()
	ours, theirs := net.Pipe()
	done := make(chan error, 1)
	go func() {
		defer theirs.Close()
		done <- helper.Serve(t.Context(), theirs)
	}()
	answers := bufio.NewReader(ours)
	client(func(text string) string {
		if _, err := ours.Write([]byte(text + "\x00")); err != nil {
			return err.Error()
		}
		if strings.Contains(text, `"oneway":true`) {
			return ""
		}
		answer, err := answers.ReadString(0)
		if err != nil {
			return err.Error()
		}
		return strings.TrimSuffix(answer, "\x00")
	})
	_ = ours.Close()
	return <-done
}

func TestServe(t *testing.T) {
	helper := odd(t, "def authenticate(p): return {'result': {'outcome': 'denied', 'reason': ask('http://192.0.2.12/')['error']}}")
	err := served(t, helper, func(call func(string) string) {
		for _, c := range []struct{ call, want string }{
			{`{"method":"org.varlink.service.GetInfo"}`, `"interfaces":["org.varlink.service","org.hotspothelper.Live1"],"product":"Odd"`},
			{`{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":"org.hotspothelper.Live1"}}`, `method Exchange(`},
			{`{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":"a.b"}}`, `{"error":"org.varlink.service.InterfaceNotFound","parameters":{"interface":"a.b"}}`},
			{`{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":[{}]}}`, `{"error":"org.varlink.service.InterfaceNotFound"`},
			{`{"method":"org.hotspothelper.Live1.Describe","parameters":{}}`, `"version": "1.0.0"`},
			{`{"method":"org.hotspothelper.Live1.Claim","parameters":{"networks":[{"ssid":"a"},{"ssid":"b"}]}}`, `{"parameters":{"claims": [{"confidence": "high"}, {"confidence": "high"}]}}`},
			{`{"method":"org.hotspothelper.Live1.Cancel","oneway":true}`, ""},
			{`{"method":"org.hotspothelper.Live1.Describe"}`, `"version": "1.0.0"`},
			{`{"method":"org.hotspothelper.Live1.Other"}`, `{"error":"org.varlink.service.MethodNotFound","parameters":{"method":"org.hotspothelper.Live1.Other"}}`},
			{`{"method":"org.hotspothelper.Live1.Authenticate"}`, `"reason": "org.varlink.service.MethodNotFound"`}, // there is no portal
		} {
			answer := call(c.call)
			if want := strings.NewReplacer(": ", ":", ", ", ",").Replace(c.want); !strings.Contains(answer, want) {
				t.Errorf("%s: %s, want %s", c.call, answer, want)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// TestServeBadClients ends the connection, and says why.
func TestServeBadClients(t *testing.T) {
	for name, test := range map[string]struct{ code, call, want string }{
		"no message":  {"", "hello", "read a call: invalid character"},
		"no method":   {"", "{}", ""},
		"deep":        {"", strings.Repeat("[", 1000), "nests deeper"},
		"long":        {"", strings.Repeat(" ", 3<<20), "more than 262144 bytes"},
		"the program": {"def claim(p): sys.exit('no way')", `{"method":"org.hotspothelper.Live1.Claim","parameters":{"networks":[]}}`, "it ended with exit code 1: no way"},
	} {
		t.Run(name, func(t *testing.T) {
			err := served(t, odd(t, test.code), func(call func(string) string) { call(test.call) })
			if text := fmt.Sprint(err); err == nil && test.want != "" || !strings.Contains(text, test.want) {
				t.Errorf("ends with %v, want %s", err, test.want)
			}
		})
	}
}

// TestVarlinkctl lets systemd's client call an example, through the command of the manual.
func TestVarlinkctl(t *testing.T) {
	client, err := exec.LookPath("varlinkctl")
	if err != nil {
		t.Skipf("varlinkctl comes with systemd 255: %v", err)
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir+"/helper", "hotspot-helper/cmd/helper")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	registration, err := filepath.Abs(filepath.Join(examples, "srun", "srun-python.toml"))
	if err != nil {
		t.Fatal(err)
	}
	filetest.WriteProgram(t, dir+"/srun", []byte("#!/bin/sh\nexec "+dir+"/helper pack serve "+registration+"\n"))
	for args, want := range map[string]string{
		"info":       "Product: srun (Python)",
		"introspect": "method Authenticate",
		"call org.hotspothelper.Live1.Describe {}": `"label":"srun (Python)"`,
	} {
		verb, rest, _ := strings.Cut(args, " ")
		command := exec.Command(client, append([]string{verb, "exec:" + dir + "/srun"}, strings.Fields(rest)...)...)
		if out, err := command.CombinedOutput(); err != nil || !strings.Contains(string(out), want) || strings.Contains(string(out), "Failed to") {
			t.Errorf("%s: %v: %s", command, err, out)
		}
	}
}
