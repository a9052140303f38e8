package live_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/internal/file"
	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
)

// TestSrunCipher compares the example in Python with vectors that authors of login scripts published.
func TestSrunCipher(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	for _, vector := range []struct{ text, key, want string }{
		{"str", "key", "sLYfdgWlbBL="},
		{"HelloWorld", "8e4e83f094924913acc6a9d5149015aafc898bd38ba8f45be6bd0f9edd450403", "9GAfJJT7wdSzFKeNohuv6+=="},
		{
			`{"username": "test", "password": "123456", "ip": "10.10.17.47", "acid": "6", "enc_ver": "srun_bx1"}`, "challenge1234567890",
			"9o+5XfoSbJk0bP2kFF8MaxTSP8xffLDUMB8tfdVDuo/NMOhPfcJRZFj+cwFP+70kwrdQJGzWhsyKYvMvduixkkuPhu6UXPsv39PW+sKLbCwDGFOueL8HXaqyjzRssKIjs0JNIKeHkp4=",
		},
	} {
		script := "import sys; import srun; print(srun.encode(srun.encrypt(sys.argv[1], sys.argv[2])), end='')"
		program := exec.Command("/usr/bin/python3", "-c", script, vector.text, vector.key)
		program.Dir = filepath.Join(examples, "srun")
		program.Env = []string{"PYTHONDONTWRITEBYTECODE=1"}
		if got, err := program.Output(); err != nil || string(got) != vector.want {
			t.Errorf("%s with %s: %s, %v; want %s", vector.text, vector.key, got, err, vector.want)
		}
	}
}

// TestCafe logs in with the example in shell and jq.
func TestCafe(t *testing.T) {
	filetest.NeedsPrograms(t, "/bin/sh", "/usr/bin/jq")
	helper := load(t, filepath.Join(examples, "cafe"))
	c := meet(t, helper, hotspot(t, portaltest.KindCafeLumen, 1))
	if claim := c.claim(t); claim.Confidence != claims.High {
		t.Fatalf("claims %+v", claim)
	}
	if result := c.run(t, helper.Authenticate, flow.NeedsUser); result.Terms == "" {
		t.Errorf("%+v", result)
	}
	c.consent.Terms, c.consent.Texts = consent.Always, []string{consent.Digest(helper.Terms()[0])}
	c.inputs["password"] += "x"
	c.run(t, helper.Authenticate, flow.Denied)
	c.inputs["password"] = password
	c.run(t, helper.Authenticate, flow.Submitted)
	c.probe(t, probe.VerdictFull)
	c.run(t, helper.Maintain, flow.Submitted)
	c.run(t, helper.Logoff, flow.Unsupported)
}

// buildOmada builds the example in Go.
func buildOmada(t testing.TB) *live.Helper {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "bin", runtime.GOARCH, "omada-go"), "hotspot-helper/examples/omada")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	registration, err := os.ReadFile(filepath.Join(examples, "omada", "omada-go.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "omada-go.toml"), registration, 0o600); err != nil {
		t.Fatal(err)
	}
	return load(t, dir)
}

// TestOmada logs in with the example in Go.
func TestOmada(t *testing.T) {
	helper := buildOmada(t)
	c := meet(t, helper, hotspot(t, portaltest.KindOmada, 1))
	if claim := c.claim(t); claim.Confidence != claims.High {
		t.Fatalf("claims %+v", claim)
	}
	c.run(t, helper.Authenticate, flow.NeedsUser)
	c.consent.Terms, c.consent.Texts = consent.Always, []string{consent.Digest(helper.Terms()[0])}
	c.run(t, helper.Authenticate, flow.Submitted)
	c.probe(t, probe.VerdictFull)
	c = meet(t, helper, hotspot(t, portaltest.KindOmadaPassword, 1))
	c.consent.Terms, c.consent.Texts = consent.Always, []string{consent.Digest(helper.Terms()[0])}
	c.inputs["password"] += "x"
	c.run(t, helper.Authenticate, flow.Denied)
	c.inputs["password"] = password
	c.run(t, helper.Authenticate, flow.Submitted)
	c.probe(t, probe.VerdictFull)
	c = meet(t, helper, hotspot(t, portaltest.KindOmadaPassword, 1))
	c.consent = consent.Given{Terms: consent.Always, Texts: []string{consent.Digest(helper.Terms()[0])}}
	if _, err := helper.Authenticate(t.Context(), c.job()); !errors.As(err, new(*portal.SecretError)) {
		t.Errorf("without consent to cleartext: %v", err)
	}
	c.consent.Cleartext = true
	delete(c.inputs, "password")
	if result := c.run(t, helper.Authenticate, flow.NeedsUser); result.Missing != "password" {
		t.Errorf("%+v", result)
	}
}

// TestCases plays the recorded cases of the examples.
func TestCases(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3", "/usr/bin/jq")
	for dir, helper := range map[string]*live.Helper{
		"srun": load(t, filepath.Join(examples, "srun")), "cafe": load(t, filepath.Join(examples, "cafe")), "omada": buildOmada(t),
	} {
		cases := file.Dir{Path: filepath.Join(examples, dir, replay.Dir)}
		names, err := replay.Names(cases)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d cases, %v", dir, len(names), err)
		}
		for _, name := range names {
			c, err := replay.Load(cases, name, dir)
			if err != nil {
				t.Fatal(err)
			}
			outcome := c.Run(t.Context(), helper)
			if diff := cmp.Diff(c.Trace, outcome.Trace); diff != "" || outcome.Mismatch != nil {
				t.Errorf("%s/%s: %v\n%s", dir, name, outcome.Mismatch, diff)
			}
		}
	}
}
