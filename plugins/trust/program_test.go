package trust_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"hotspot-helper/internal/file"
	makers "hotspot-helper/internal/maker"
	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/trust"
)

const (
	registration  = "api = 1\nexec = \"campus.py\"\n[[network]]\nconfidence = \"low\"\nssid = [\"Campus\"]\n"
	describedText = "{\n  \"name\": \"campus\",\n  \"version\": \"1.0.0\",\n  \"label\": \"Campus\",\n  \"inputs\": [\n    {\n      \"name\": \"pin\",\n      \"prompt\": \"PIN\",\n      \"secret\": true\n    }\n  ],\n  \"hosts\": [\n    \"login.campus.test\"\n  ]\n}\n"
)

// newProgram returns the archive of a live helper of a version. Changes replace texts in its files.
func newProgram(t testing.TB, version string, changes ...string) *archive.Archive {
	t.Helper()
	changed := strings.NewReplacer(append([]string{"1.0.0", version}, changes...)...)
	a, err := archive.ReadProgram(fstest.MapFS{
		"campus.toml": {Data: []byte(changed.Replace(registration))},
		"campus.py":   {Data: []byte(changed.Replace("#!/usr/bin/python3\nprint('one')\n"))},
	}, "campus", []byte(changed.Replace(describedText)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// program returns a request to install a live helper that the maker signed, which the user allowed.
func (m maker) program(t *testing.T, version string, changes ...string) trust.Request {
	t.Helper()
	a := newProgram(t, version, changes...)
	s := sign(t, a, m.private)
	return trust.Request{Archive: a, Signature: &s, AllowProgram: true, Arch: "amd64", Now: day()}
}

// newProgramPlace is a place of packs and of live helpers.
func newProgramPlace(t *testing.T) trust.Place {
	t.Helper()
	place := newPlace(t)
	place.Programs = filepath.Join(filepath.Dir(place.Dir), "helpers.d")
	return place
}

// recognised returns who made the installed program, as an agent that starts decides.
func recognised(t *testing.T, place trust.Place, isReserved bool) (makers.Maker, error) {
	t.Helper()
	dir := file.Dir{Path: place.Programs}
	program, err := live.Identify(place.Programs, "campus", place.Programs)
	if err != nil {
		t.Fatal(err)
	}
	known := trust.KnownPacks{Files: []string{place.Keys}}
	return known.CheckProgram(place.Keys, live.Candidate{Name: "campus", Own: dir, Program: program}, isReserved)
}

// TestProgramNeedsAnAnswer installs nothing of a program before the user allowed it, of each version.
func TestProgramNeedsAnAnswer(t *testing.T) {
	place, vendor := newProgramPlace(t), newMaker(t)
	first := vendor.program(t, "1.0.0")
	first.AllowProgram, first.Check = false, func(string) error { t.Error("the program is started"); return nil }
	first.AcceptKey, first.Downgrade, first.Replace, first.AcceptMore = true, true, true, true // none of them covers it
	_, err := place.Install(first)
	offer, asks := errors.AsType[*trust.ProgramError](err)
	if !asks || offer.Before != nil || offer.Maker != makers.Maker(vendor.public.String()) || offer.Archive.Program.Version() != "1.0.0" {
		t.Fatalf("%v, %+v", err, offer)
	}
	if left, err := os.ReadDir(place.Programs); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	checked := false
	first.AllowProgram, first.Check = true, func(dir string) error { checked = filepath.Base(dir) == "campus"; return nil }
	if _, err := place.Install(first); err != nil || !checked {
		t.Fatalf("checked %v, %v", checked, err)
	}
	for _, test := range []struct {
		name    string
		request trust.Request
		changed bool
		growth  string
	}{
		{"the same", vendor.program(t, "1.0.0"), false, ""},
		{"another program", vendor.program(t, "1.1.0", "one", "two"), true, ""},
		{"another host", vendor.program(t, "1.1.0", "\"login.campus.test\"", "\"*.campus.test\""), false, "it also talks to *.campus.test"},
		{"secret no more", vendor.program(t, "1.1.0", ",\n      \"secret\": true", ""), false, "it does not treat as secret any more pin"},
		{"programs of the system", vendor.program(t, "1.1.0", "api = 1", "api = 1\nprocesses = true"), false, "it also starts programs of the system"},
	} {
		test.request.AllowProgram = false
		_, err := place.Install(test.request)
		offer, asks := errors.AsType[*trust.ProgramError](err)
		if !asks || offer.Before.Version() != "1.0.0" || offer.Changed != test.changed || offer.Growth.String() != test.growth {
			t.Errorf("%s: %v, %+v", test.name, err, offer)
		}
		test.request.AllowProgram = true
		_, err = place.Install(test.request)
		if _, more := errors.AsType[*trust.GrowthError](err); more != (test.growth != "") {
			t.Errorf("%s: %v", test.name, err)
		}
		if _, err := place.Install(func() trust.Request { back := first; back.Downgrade, back.AcceptMore = true, true; return back }()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestProgramsFollowTheRulesOfPacks has what is refused of a program whatever the user thinks of programs.
func TestProgramsFollowTheRulesOfPacks(t *testing.T) {
	vendor, thief := newMaker(t), newMaker(t)
	with := func(r trust.Request, change func(*trust.Request)) trust.Request { change(&r); return r }
	one := vendor.program(t, "1.0.0")
	mixed := with(one, func(r *trust.Request) { r.Archive = newProgram(t, "1.0.0", "one", "two") })
	reserved := with(one, func(r *trust.Request) { r.Reserved = true })
	asPack := vendor.request(t, "campus", "2.0.0")
	for _, test := range []struct {
		name  string
		steps []step
	}{
		{"older", []step{{vendor.program(t, "1.1.0"), ""}, {one, "it is older than 1.1.0"}}},
		{"another key", []step{{one, ""}, {thief.program(t, "1.1.0"), "IT IS SIGNED BY ANOTHER KEY"}}},
		{"key of a pack", []step{{thief.request(t, "campus", "1.0.0"), ""}, {one, "another helper has this name"}}},
		{"changed after it was signed", []step{{mixed, "the signature does not fit"}}},
		{"reserved name", []step{{reserved, "you have not agreed that another one takes its place: it is signed by RW"}}},
		{"reserved name that the user gives up", []step{{with(reserved, func(r *trust.Request) { r.Replace = true }), ""}}},
		{"pack in its place", []step{{one, ""}, {asPack, "another helper has this name"}}},
		{"other architecture", []step{{vendor.native(t), "no program for this architecture: it has programs for arm64, and this is amd64"}}},
		{"bad", []step{{with(one, func(r *trust.Request) { r.Check = func(string) error { return errors.New("it is bad") } }), "it is bad"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			place := newProgramPlace(t)
			for _, step := range test.steps {
				_, err := place.Install(step.request)
				wants(t, err, step.want)
			}
		})
	}
	place := newProgramPlace(t)
	if err := errors.Join(os.MkdirAll(place.Programs, 0o755), os.WriteFile(filepath.Join(place.Programs, "campus.toml"), []byte(registration), 0o600)); err != nil {
		t.Fatal(err)
	}
	_, err := place.Install(one)
	wants(t, err, "another helper has this name: "+filepath.Join(place.Programs, "campus.toml"))
}

// native returns a request to install a live helper with a program for arm64 alone.
func (m maker) native(t *testing.T) trust.Request {
	t.Helper()
	r := m.program(t, "1.0.0")
	header := []byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00")
	a, err := archive.ReadProgram(fstest.MapFS{
		"campus.toml":      {Data: []byte(strings.Replace(registration, "campus.py", "bin/{arch}/campus", 1))},
		"bin/arm64/campus": {Data: header},
	}, "campus", []byte(describedText))
	if err != nil {
		t.Fatal(err)
	}
	s := sign(t, a, m.private)
	r.Archive, r.Signature = a, &s
	return r
}

// TestInstalledProgramIsRecognised gives the signer as the maker of an installed program, and refuses one that was
// swapped on the disk before it is started.
func TestInstalledProgramIsRecognised(t *testing.T) {
	vendor, heir := newMaker(t), newMaker(t)
	unsigned := vendor.program(t, "1.0.0")
	unsigned.Signature = nil
	inDir := func(change func(dir string) error) func(trust.Place) error {
		return func(place trust.Place) error { return change(filepath.Join(place.Programs, "campus")) }
	}
	write := func(name, text string) func(trust.Place) error {
		return inDir(func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600) })
	}
	key := vendor.public.String()
	for _, test := range []struct {
		name     string
		request  trust.Request
		change   func(trust.Place) error
		reserved bool
		want     string // the maker, or a part of the error
	}{
		{"as installed", vendor.program(t, "1.0.0"), nil, false, key},
		{"another program", vendor.program(t, "1.0.0"), write("campus.py", "#!/bin/sh\n"), false, "changed since it was signed"},
		{"other arguments", vendor.program(t, "1.0.0"), write("campus.toml", "args = [\"-x\"]\n"+registration), false, "changed since it was signed"},
		{"without confinement", vendor.program(t, "1.0.0"), write("campus.toml", "allow_unconfined = true\n"+registration), false, "changed since it was signed"},
		{"with processes", vendor.program(t, "1.0.0"), write("campus.toml", "processes = true\n"+registration), false, "changed since it was signed"},
		{"other networks", vendor.program(t, "1.0.0"), write("campus.toml", strings.Replace(registration, "Campus", "*", 1)), false, "changed since it was signed"},
		{"another description", vendor.program(t, "1.0.0"), write("describe.json", strings.Replace(describedText, "login", "evil", 1)), false, "changed since it was signed"},
		{"another key's mark", vendor.program(t, "1.0.0"), func(p trust.Place) error {
			other := heir.program(t, "1.0.0")
			text, err := trust.Sign(other.Archive, heir.private, day())
			return errors.Join(err, os.WriteFile(filepath.Join(p.Programs, "campus", ".minisig"), text, 0o600))
		}, false, "changed since it was signed"},
		{"a damaged mark", vendor.program(t, "1.0.0"), write(".minisig", "x"), false, "its signature is damaged"},
		{"nothing is remembered", vendor.program(t, "1.0.0"), func(p trust.Place) error { return os.Remove(p.Keys) }, false, "was not installed by"},
		{"another key is remembered", vendor.program(t, "1.0.0"), func(p trust.Place) error {
			text, err := os.ReadFile(p.Keys)
			return errors.Join(err, os.WriteFile(p.Keys, []byte(strings.Replace(string(text), key, heir.public.String(), 1)), 0o600))
		}, false, "it is signed by another key"},
		{"without its mark", vendor.program(t, "1.0.0"), inDir(func(dir string) error { return os.Remove(filepath.Join(dir, ".minisig")) }), false, "live:"},
		{"unsigned", unsigned, nil, false, "live:"},
		{"unsigned, of a reserved name", unsigned, nil, true, "a helper of this name comes with the program"},
		{"of a reserved name that it may have", func() trust.Request {
			r := vendor.program(t, "1.0.0")
			r.Reserved, r.Replace = true, true
			return r
		}(), nil, true, key},
		{"unsigned, of a reserved name that it may have", func() trust.Request {
			r := unsigned
			r.Reserved, r.Replace = true, true
			return r
		}(), nil, true, "live:"},
		{"of a reserved name", vendor.program(t, "1.0.0"), nil, true, "a helper of this name comes with the program"},
	} {
		t.Run(test.name, func(t *testing.T) {
			place := newProgramPlace(t)
			if _, err := place.Install(test.request); err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				if err := test.change(place); err != nil {
					t.Fatal(err)
				}
			}
			got, err := recognised(t, place, test.reserved)
			if err != nil {
				got = makers.Maker(err.Error())
			}
			if !strings.Contains(string(got), test.want) {
				t.Errorf("it is %q, want %q", got, test.want)
			}
		})
	}
}

// TestUnsignedProgramsAreFew remembers one unsigned program of a name.
func TestUnsignedProgramsAreFew(t *testing.T) {
	place := newProgramPlace(t)
	for _, version := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		r := newMaker(t).program(t, version, "one", version)
		r.Signature = nil
		if _, err := place.Install(r); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(place.Keys)
	if n := strings.Count(string(text), `"live:`); err != nil || n != 1 {
		t.Errorf("%d are remembered, %v:\n%s", n, err, text)
	}
}

// TestRemoveProgram removes an installed program, and no other directory of the user's.
func TestRemoveProgram(t *testing.T) {
	place, vendor := newProgramPlace(t), newMaker(t)
	if err := os.MkdirAll(filepath.Join(place.Programs, "modules"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := place.Remove("modules"); !errors.Is(err, trust.ErrNotInstalled) {
		t.Errorf("a directory of the user's: %v", err)
	}
	if _, err := place.Install(vendor.program(t, "1.0.0")); err != nil {
		t.Fatal(err)
	}
	known, dir, err := place.Remove("campus")
	if err != nil || known == nil || dir != place.Programs {
		t.Errorf("%v in %s, %v", known, dir, err)
	}
	entries, err := os.ReadDir(place.Programs)
	if err != nil || !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "modules" }) || slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "campus" }) {
		t.Errorf("there is %v, %v", entries, err)
	}
}
