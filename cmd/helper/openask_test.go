package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"hotspot-helper/configs"
	"hotspot-helper/consent"
	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/notify/notifytest"
	"hotspot-helper/plugins/record"
	"hotspot-helper/plugins/remember"
	"hotspot-helper/probe"
	"hotspot-helper/secrets"
	"hotspot-helper/secrets/secretstest"
	"hotspot-helper/wifi"
)

// lumen is the network where the login was recorded.
var lumen = wifi.Identity{SSID: "Cafe Lumen", Security: wifi.SecurityOpen}

// seenNow is a link of which a test says what the probe sees.
type seenNow struct{ atomic.Pointer[sight] }

func (s *seenNow) look(context.Context) (sight, error) { return *s.Load(), nil }
func (s *seenNow) suspect(context.Context) error       { return nil }
func (s *seenNow) end()                                {}

func (s *seenNow) is(verdict probe.Verdict, n wifi.Identity) {
	s.Store(&sight{verdict: verdict, network: n, settled: true})
}

// askedAfter is a sign-in window without a terminal that has done its work, on a private session bus with a person who
// reads notifications and a keyring.
type askedAfter struct {
	*testing.T

	bus     string
	people  *notifytest.Daemon
	keyring *secretstest.Keyring
	link    seenNow
	signIn  *signIn
	printed bytes.Buffer
}

func newAskedAfter(t *testing.T) *askedAfter {
	t.Helper()
	t.Parallel()
	a := &askedAfter{T: t, bus: bustest.New(t, os.Getenv("HELPER_REQUIRE")), keyring: &secretstest.Keyring{User: secretstest.Agrees}}
	a.people = notifytest.Start(t, a.bus, "actions", "body")
	secretstest.Serve(t, a.bus, a.keyring)
	home := t.TempDir()
	environment := map[string]string{"HOME": home, "DBUS_SESSION_BUS_ADDRESS": a.bus}
	a.link.is(probe.VerdictFull, lumen)
	a.signIn = &signIn{
		app:   &app{env: env{stdout: &a.printed, stderr: &a.printed, getenv: func(name string) string { return environment[name] }}},
		watch: &a.link, seen: sight{network: lumen},
	}
	return a
}

// ends offers to remember a recorded login, until the returned function has waited for the end.
func (a *askedAfter) ends(ctx context.Context, c *record.Capture) (wait func()) {
	a.Helper()
	a.signIn.notifying = &notifying{signIn: a.signIn}
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := a.signIn.app.offerToRemember(ctx, c, remember.Visit{Network: lumen, Online: true}, rememberOptions{ask: a.signIn.notifying.ask})
		a.signIn.notRemembered(ctx, err)
	}()
	return func() {
		a.Helper()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			a.Fatal("it waits for an answer")
		}
		a.people.AwaitNone("a notification is left")
		for _, typed := range []string{"4711-0815", "27182"} {
			if strings.Contains(a.printed.String(), typed) {
				a.Errorf("what was typed is printed:\n%s", &a.printed)
			}
		}
	}
}

// kept returns what is remembered, and whether the user declined.
func (a *askedAfter) kept() (all []remember.Login, declined bool) {
	a.Helper()
	logins := a.signIn.app.daemonEnv().Remembered()
	all, err := logins.List()
	if err != nil {
		a.Fatal(err)
	}
	if declined, err = logins.IsDeclined(lumen); err != nil {
		a.Fatal(err)
	}
	return all, declined
}

// encodedPage is the portal's page in the recording.
var encodedPage = regexp.MustCompile(`"encoding":"base64",\s*"text":"([^"]*)"`)

// recordedLogin is the login that remembered.txtar adds, with other texts in place of some.
func recordedLogin(t *testing.T, replace ...string) *record.Capture {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/script/remembered.txtar")
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "cafe.har" })
	other := strings.NewReplacer(replace...)
	text := encodedPage.ReplaceAllStringFunc(string(archive.Files[at].Data), func(found string) string {
		page, err := base64.StdEncoding.DecodeString(encodedPage.FindStringSubmatch(found)[1])
		if err != nil {
			t.Fatal(err)
		}
		return `"encoding":"base64","text":"` + base64.StdEncoding.EncodeToString([]byte(other.Replace(string(page)))) + `"`
	})
	c, err := record.Read(strings.NewReader(other.Replace(text)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Yes on the notification does what yes in the terminal does. It says what the login does, and never what was typed.
func TestYesRemembersTheLogin(t *testing.T) {
	a := newAskedAfter(t)
	wait := a.ends(t.Context(), recordedLogin(t))
	id, shown := a.people.AwaitOne("nobody is asked")
	if shown.Summary != "Log in to Cafe Lumen by itself next time?" || shown.Expires != 0 || strings.Join(shown.Actions, "|") != "yes|Yes|no|No" {
		t.Errorf("shown: %+v", shown)
	}
	const does = "What you typed goes to login.cafe.test.\nIt goes unprotected, as it did now: others may read it.\n" +
		`It accepts "the terms of use of Cafe Lumen", and sends "Card number" and "pin".` + "\nWhat you typed is kept in the keyring."
	if shown.Body != does {
		t.Errorf("it says:\n%s\nwant:\n%s", shown.Body, does)
	}
	a.people.Act(id, actionYes, "")
	wait()
	all, declined := a.kept()
	if len(all) != 1 || !all[0].Network.Same(lumen) || declined {
		t.Fatalf("kept: %+v, declined %v\n%s", all, declined, &a.printed)
	}
	env := a.signIn.app.daemonEnv()
	records, err := env.Consents().Records()
	if err != nil || len(records) != 2 || records[0].Source != consent.SourceWindow || records[0].Answer != consent.Always {
		t.Errorf("consents: %+v, %v", records, err)
	}
	stored, err := env.Secrets().List()
	if err != nil || len(stored) != 2 || stored[0].Place != "keyring" {
		t.Errorf("secrets: %+v, %v", stored, err)
	}

	if err := setAside(a); err != nil {
		t.Fatal(err)
	}
	wait = a.ends(t.Context(), recordedLogin(t, "login.cafe.test", "portal.cafe.test"))
	id, shown = a.people.AwaitOne("the next login is not offered")
	if !strings.Contains(shown.Body, "It replaces remembered-cafe-lumen: it also talks to portal.cafe.test; it does not talk to login.cafe.test any more.") {
		t.Errorf("it says:\n%s", shown.Body)
	}
	a.people.Act(id, actionYes, "")
	wait()
	if all, _ = a.kept(); len(all) != 1 || all[0].Name != "remembered-cafe-lumen-2" {
		t.Errorf("kept: %+v", all)
	}
}

// What was typed is not lost if the keyring stays locked: at a terminal, a file is offered.
func TestALockedKeyringIsNotTheEnd(t *testing.T) {
	for answers, want := range map[string]int{"y\ny\n": 1, "y\nn\n": 0} {
		t.Run(answers, func(t *testing.T) {
			a := newAskedAfter(t)
			a.keyring.Do(func(k *secretstest.Keyring) { k.User, k.Locked = secretstest.Refuses, true })
			app := a.signIn.app
			app.stdin = strings.NewReader(answers)
			err := app.offerToRemember(t.Context(), recordedLogin(t), remember.Visit{Network: lumen, Online: true}, rememberOptions{})
			all, declined := a.kept()
			if len(all) != want || declined || (err == nil) != (want == 1) || !strings.Contains(a.printed.String(), "Keep what you typed in a file") {
				t.Errorf("%v, kept %+v, declined %v\n%s", err, all, declined, &a.printed)
			}
			if stored, err := app.daemonEnv().Secrets().List(); err != nil || want == 1 && (len(stored) != 2 || stored[0].Place != secrets.InFile) {
				t.Errorf("secrets: %+v, %v", stored, err)
			}
		})
	}
}

// No is remembered for the network; what is closed, or not answered in time, is not.
func TestOtherAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer   func(a *askedAfter, stop func(), id uint32)
		declined bool
	}{
		"no":       {func(a *askedAfter, _ func(), id uint32) { a.people.Act(id, actionNo, "") }, true},
		"closed":   {func(a *askedAfter, _ func(), id uint32) { a.people.Dismiss(id) }, false},
		"the end":  {func(_ *askedAfter, stop func(), _ uint32) { stop() }, false},
		"a portal": {func(a *askedAfter, _ func(), _ uint32) { a.link.is(probe.VerdictPortal, lumen) }, false},
		"elsewhere": {func(a *askedAfter, _ func(), _ uint32) {
			a.link.is(probe.VerdictFull, wifi.Identity{SSID: "Bar", Security: wifi.SecurityOpen})
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAskedAfter(t)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			wait := a.ends(ctx, recordedLogin(t))
			id, _ := a.people.AwaitOne("nobody is asked")
			c.answer(a, stop, id)
			wait()
			if all, declined := a.kept(); len(all) != 0 || declined != c.declined {
				t.Errorf("kept: %+v, declined %v\n%s", all, declined, &a.printed)
			}
			if left, err := os.ReadDir(a.signIn.app.daemonEnv().Remembered().Dir); err != nil || len(left) > 1 {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

// What cannot be remembered is said in the log, and nobody is asked; what fails after a yes is told.
func TestWhatIsNotRememberedIsSaid(t *testing.T) {
	a := newAskedAfter(t)
	a.ends(t.Context(), recordedLogin(t, `name="pin"`, `name="pin" autocomplete=one-time-code`))()
	if !strings.Contains(a.printed.String(), "this login cannot be remembered: the portal asks for a code") || a.people.Calls() != 0 {
		t.Errorf("%d notifications, printed:\n%s", a.people.Calls(), &a.printed)
	}
	wait := a.ends(t.Context(), recordedLogin(t))
	id, _ := a.people.AwaitOne("nobody is asked")
	a.keyring.Do(func(k *secretstest.Keyring) { k.Locked, k.User = true, secretstest.Refuses })
	a.people.Act(id, actionYes, "")
	var told uint32
	a.people.Await("the failure is not told", func(now map[uint32]notifytest.Shown) bool {
		for id, shown := range now {
			told = id
			return shown.Summary == "The login is not remembered" && strings.Contains(shown.Body, "locked")
		}
		return false
	})
	a.people.Dismiss(told)
	wait()
	if all, declined := a.kept(); len(all) != 0 || declined {
		t.Errorf("kept: %+v, declined %v", all, declined)
	}
}

// Nothing is recorded where nobody could be asked.
func TestWhyNotAsked(t *testing.T) {
	a := newAskedAfter(t)
	needs := configs.Config{Notify: configs.NotifyNeeds}
	if why := a.signIn.app.whyNotAsked(t.Context(), needs); why != "" {
		t.Errorf("with a service: %s", why)
	}
	if why := a.signIn.app.whyNotAsked(t.Context(), configs.Config{Notify: configs.NotifyNone}); why != "notifications are turned off" {
		t.Errorf("turned off: %q", why)
	}
	a.people.Stop()
	if why := a.signIn.app.whyNotAsked(t.Context(), needs); !strings.HasPrefix(why, "find what shows notifications: ") {
		t.Errorf("without a service: %q", why)
	}
	notifytest.Start(t, a.bus, "body")
	if why := a.signIn.app.whyNotAsked(t.Context(), needs); why != "the notifications of this desktop have no actions" {
		t.Errorf("with one that has no actions: %q", why)
	}
}

// setAside makes two logins of the remembered one fail.
func setAside(a *askedAfter) error {
	for range remember.MaxFailures {
		if _, _, err := a.signIn.app.daemonEnv().Remembered().Note("remembered-cafe-lumen", false, "wrong PIN"); err != nil {
			return err
		}
	}
	return nil
}
