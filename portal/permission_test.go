package portal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// Cleartext and shared hosts are two permissions: neither gives the other.
func TestPermissionsAreSeparate(t *testing.T) {
	for target, needs := range map[string]portal.Permission{
		"https://n1.cloud.test/post": {SharedHosts: true},
		"https://start.test/post":    {SharedHosts: true},
		"http://n1.cloud.test/post":  {Cleartext: true},
		"http://start.test/post":     {Cleartext: true},
		"http://login.test/post":     {Cleartext: true},
	} {
		for _, given := range []portal.Permission{{Cleartext: true}, {SharedHosts: true}} {
			sent := 0
			origin, _ := strings.CutSuffix(target, "/post")
			session := network{origin: func(http.ResponseWriter, *http.Request) { sent++ }}.sessionWith(t, portal.Config{
				Hosts: []string{"login.test", "@start"}, Shared: []string{"*.cloud.test"}, Start: mustURL(t, "https://start.test/"),
				Permission: func() portal.Permission { return given },
			})
			_, err := session.Post(t.Context(), target, portal.Body{Form: []portal.Field{{Name: "pin", Value: portal.Secret("swordfish")}}})
			refused, isRefused := errors.AsType[*portal.SecretError](err)
			if may := given == needs; (sent == 1) != may || isRefused == may || isRefused && refused.SharedHost != needs.SharedHosts {
				t.Errorf("%s with %+v: %d sent, %v", target, given, sent, err)
			}
		}
	}
}

// The function is asked before each request from a page, about what it sends.
func TestBeforeUse(t *testing.T) {
	sent := 0
	session := network{"http://login.test": func(w http.ResponseWriter, _ *http.Request) {
		sent++
		_, _ = io.WriteString(w, "<form action=/go method=post><input name=plan value=free></form>")
	}}.sessionWith(t, portal.Config{Hosts: []string{"login.test"}})
	var uses []string
	session.BeforeUse(func(_ context.Context, use portal.Use) error {
		uses = append(uses, fmt.Sprint(use.Target, use.Form != nil, use.Sent, use.Page.URL))
		return errors.New("it costs something")
	})
	page, err := session.Open(t.Context(), "http://login.test/")
	if err != nil {
		t.Fatal(err)
	}
	_, submitted := session.Submit(t.Context(), page.Forms()[0], portal.Submission{})
	_, posted := session.Post(t.Context(), "/post", portal.Body{Form: []portal.Field{{Name: "a", Value: portal.Plain("b")}}})
	_, opened := session.Open(t.Context(), "/next")
	want := []string{
		"http://login.test/go true map[plan:[free]] http://login.test/",
		"http://login.test/post false map[a:[b]] http://login.test/",
		"http://login.test/next false map[] http://login.test/",
	}
	if submitted == nil || posted == nil || opened == nil || sent != 1 || !slices.Equal(uses, want) {
		t.Errorf("%d requests sent, asked about %q: %v, %v, %v", sent, uses, submitted, posted, opened)
	}
}

// A permission that the user revokes counts at the next request of the same session.
func TestRevokedPermission(t *testing.T) {
	var received []string
	allowed := true
	session := network{"http://login.test": paths(map[string]http.HandlerFunc{
		"/post": func(w http.ResponseWriter, r *http.Request) {
			received = append(received, r.FormValue("pin"))
			allowed = false // while the response is on its way
			http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
		},
		"/again": func(_ http.ResponseWriter, r *http.Request) { received = append(received, r.FormValue("pin")) },
	})}.sessionWith(t, portal.Config{
		Hosts:      []string{"login.test"},
		Permission: func() portal.Permission { return portal.Permission{Cleartext: allowed} },
	})
	body := portal.Body{Form: []portal.Field{{Name: "pin", Value: portal.Secret("swordfish")}}}
	page, err := session.Post(t.Context(), "http://login.test/post", body)
	if err != nil || page.Refused == nil {
		t.Errorf("redirect after the revocation: %+v, %v", page, err)
	}
	if _, err := session.Post(t.Context(), "http://login.test/post", body); err == nil {
		t.Error("posted after the revocation")
	}
	if len(received) != 1 {
		t.Errorf("received %q, want one", received)
	}
}
