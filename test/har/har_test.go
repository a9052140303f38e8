// Package har_test logs in to simulated portals with a real browser, and saves what its
// developer tools would save: the captures that `helper pack record` is tested with.
package har_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"hotspot-helper/portal/portaltest"
)

// visit is one login by hand.
type visit struct {
	kind    portaltest.Kind
	actions []action
}

// check is the page that a person opens to see whether the Internet answers.
const check = "http://check.test/generate_204"

// visits are the logins. Each begins with an intercepted check and ends with one that is not.
func visits() []visit {
	return []visit{
		{portaltest.KindOpenNDS, []action{click("form:nth-of-type(1) input[type=submit]"), click("input[type=submit]")}},
		{portaltest.KindOpenNDSMail, []action{
			enter("input[name=username]", "Grace Hopper"), enter("input[name=emailaddress]", "grace.hopper@navy.test"),
			click("form:nth-of-type(1) input[type=submit]"), click("input[type=submit]"),
		}},
		{portaltest.KindPfSense, login("#auth_user", "#auth_pass", "#login")},
		{portaltest.KindOPNsense, login("#inputUsername", "#inputPassword", "#signin")},
		{portaltest.KindMeraki, []action{click("button")}},
		{portaltest.KindRuckus, login("input[name=username]", "input[name=password]", "input[type=submit]")},
		{portaltest.KindFortinet, append(mistaken("#ft_un", "#ft_pd", "input[type=submit]"), login("#ft_un", "#ft_pd", "input[type=submit]")...)},
	}
}

// The typed texts. They do not occur elsewhere in the pages.
const (
	user     = "grace.hopper"
	password = "Nano 11.8\"&é"
)

// login types a name and a password.
func login(name, secret, button chromedp.CSS) []action {
	return []action{enter(name, user), enter(secret, password), click(button)}
}

// mistaken types a wrong password.
func mistaken(name, secret, button chromedp.CSS) []action {
	return []action{enter(name, user), enter(secret, "oops"+password), click(button)}
}

var hars = flag.String("hars", "", "keep the captures in this `DIRECTORY`")

func TestLogin(t *testing.T) {
	dir := *hars
	if dir == "" {
		dir = t.TempDir()
	}
	for _, v := range visits() {
		t.Run(string(v.kind), func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(dir, string(v.kind)+".har"), v.capture(t), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// capture runs the visit in a browser, and returns its HAR.
func (v visit) capture(t *testing.T) []byte {
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	hotspot := portaltest.New(portaltest.Options{Seed: 11, Kind: v.kind, User: user, PIN: password, Internet: internet{}, Authority: authority})
	address, closeListener, err := hotspot.Listen()
	if err != nil {
		t.Fatal(err)
	}
	capture, err := browse(ctx, address, v.actions)
	if err := errors.Join(err, closeListener()); err != nil {
		t.Fatal(err)
	}
	if hotspot.Captive() {
		t.Fatalf("the login did not work: %v", hotspot.Log())
	}
	text, err := capture.encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
