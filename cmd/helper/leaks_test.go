package main

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"
)

// watchFiles checks at the end of a script that only files that contained the fake secret at
// the beginning contain it, and the file that a user chose for secrets.
func watchFiles(e *testscript.Env) error {
	before, err := filesWith(e.WorkDir, fakeSecret)
	if err != nil {
		return err
	}
	w := e.Values[worldKey{}].(*world)
	e.Defer(func() {
		after, err := filesWith(e.WorkDir, fakeSecret)
		if err != nil {
			w.Errorf("look for secrets: %v", err)
		}
		for name := range after {
			if !before[name] && filepath.Base(name) != "secrets.json" {
				w.Errorf("%s contains a secret", name)
			}
		}
	})
	return nil
}

// filesWith finds the files below a directory that contain a text.
func filesWith(dir, text string) (map[string]bool, error) {
	found := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil && bytes.Contains(data, []byte(text)) {
			found[path] = true
		}
		return err
	})
	return found, err
}

// echo is a transport to a portal that echoes a secret after it received it, in the headers,
// cookies, addresses and pages of all answers.
type echo struct {
	http.RoundTripper

	received atomic.Bool
}

func (e *echo) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := e.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if r.GetBody != nil { // a body with a secret cannot be read before the connection is known
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		sent, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(sent, []byte(fakeSecret)) {
			e.received.Store(true)
		}
	}
	if !e.received.Load() {
		return response, nil
	}
	return response, e.answer(response)
}

func (e *echo) answer(response *http.Response) error {
	response.Header.Set("X-Echo", fakeSecret)
	response.Header.Add("Set-Cookie", "last="+fakeSecret)
	if location, err := url.Parse(response.Header.Get("Location")); err == nil && location.Host != "" {
		location.RawQuery += "&pin=" + fakeSecret
		response.Header.Set("Location", location.String())
	}
	page, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		page = append(page, "<title>"+fakeSecret+"</title><p class=error>wrong PIN "+fakeSecret+"</p>"...)
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(page)), int64(len(page))
	response.Header.Del("Content-Length")
	return nil
}
