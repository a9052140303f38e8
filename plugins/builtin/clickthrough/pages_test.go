package clickthrough_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"hotspot-helper/plugins/builtin/clickthrough"
	"hotspot-helper/portal"
)

// ada is the profile of the pages that say "profile".
func ada() clickthrough.Profile {
	return clickthrough.Profile{Name: "Ada Lovelace", Email: "ada@example.org", Phone: "+44 20 7946 0000", Company: "Analytical", Room: "312"}
}

// pages reads a file of pages. Each begins with lines "want: …" and perhaps "profile".
func pages(t *testing.T, file string) []txtar.File {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return txtar.Parse(data).Files
}

// look looks for the way forward on a page of a file, and takes it. It returns the request, or the error.
func look(t *testing.T, file txtar.File) (want, got string) {
	t.Helper()
	head, body, _ := strings.Cut(string(file.Data), "\n")
	want, isWant := strings.CutPrefix(head, "want: ")
	if !isWant {
		t.Fatalf("%s: no line \"want: \"", file.Name)
	}
	visitor := clickthrough.Visitor{Allows: func(u *url.URL) error {
		if u.Hostname() == "portal.test" || u.Hostname() == "192.0.2.1" {
			return nil
		}
		return fmt.Errorf("%s is elsewhere", u.Hostname())
	}}
	if rest, found := strings.CutPrefix(body, "profile\n"); found {
		body, visitor.Profile = rest, ada()
	}
	wire := &wire{page: body}
	start, _ := url.Parse("http://portal.test/start/")
	session, err := portal.New(portal.Config{Transport: wire, Start: start, Hosts: []string{"@start", "192.0.2.1"}})
	if err != nil {
		t.Fatal(err)
	}
	page, err := session.Open(t.Context(), start.String())
	if err != nil {
		t.Fatal(err)
	}
	way, err := clickthrough.Find(t.Context(), page, visitor)
	if err != nil {
		return want, err.Error()
	}
	wire.page = ""
	if _, err := way.Take(t.Context(), session); err != nil {
		t.Fatalf("%s: %v", file.Name, err)
	}
	return want, wire.got
}

// wire serves a page, and records the last request.
type wire struct{ page, got string }

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte{}
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	w.got = r.Method + " " + strings.TrimPrefix(r.URL.String(), "http://portal.test")
	if r.Method == http.MethodPost {
		sent, err := url.QueryUnescape(string(body))
		if err != nil {
			return nil, err
		}
		w.got += " " + sent
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Request: r, Body: io.NopCloser(strings.NewReader(w.page))}, nil
}

// TestPressed presses pages as a person would, and compares what is sent.
func TestPressed(t *testing.T) {
	t.Parallel()
	for _, file := range pages(t, "pressed.txtar") {
		t.Run(file.Name, func(t *testing.T) {
			t.Parallel()
			if want, got := look(t, file); strings.TrimSpace(got) != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestRefused has pages where a person has to decide, to pay or to prove who they are. The
// reason names what it is.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, file := range pages(t, "refused.txtar") {
		t.Run(file.Name, func(t *testing.T) {
			t.Parallel()
			if want, got := look(t, file); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestPagesAreMany(t *testing.T) {
	t.Parallel()
	pressed, refused := len(pages(t, "pressed.txtar")), len(pages(t, "refused.txtar"))
	if pressed < 40 || refused < 40 {
		t.Errorf("%d pages to press and %d to leave alone, want 40 each", pressed, refused)
	}
}
