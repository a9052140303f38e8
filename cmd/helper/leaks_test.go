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

// watchFiles wants no file of the script to hold the fake secret at its end that did
// not hold it from the beginning. The file that a user chose for secrets may.
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
				w.Errorf("%s tells a secret", name)
			}
		}
	})
	return nil
}

// filesWith finds the files below a directory that hold a text.
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

// echo is a portal's wire that says every secret back that it was told, from then on
// and to whoever asks: in headers, cookies, addresses and pages.
type echo struct {
	http.RoundTripper

	told atomic.Bool
}

func (e *echo) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(sent, []byte(fakeSecret)) {
			e.told.Store(true)
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	response, err := e.RoundTripper.RoundTrip(r)
	if err != nil || !e.told.Load() {
		return response, err
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
