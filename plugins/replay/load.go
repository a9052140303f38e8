package replay

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/strict"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
)

// Dir is the directory of cases in a pack.
const Dir = "tests"

const (
	caseSuffix  = ".toml"
	traceSuffix = ".trace"
	pagesDir    = "pages"
)

const (
	maxText  = 1 << 20  // bytes of the largest case or trace
	maxPages = 16 << 20 // bytes of the pages of a case, each counted as often as it is an answer
)

// defaultNow is the start of a flow whose case has none.
func defaultNow() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// Names returns the sorted names of the cases in a directory, none if it does not exist.
func Names(dir fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if name, ok := strings.CutSuffix(entry.Name(), caseSuffix); ok && !entry.IsDir() {
			names = append(names, name)
		}
	}
	return names, nil
}

// Load reads a case with its pages and its golden trace. Origin names the directory in
// mistakes. The error is [strict.Mistakes] if the file can be read.
func Load(dir fs.FS, name, origin string) (*Case, error) {
	label := path.Join(origin, name+caseSuffix)
	data, err := file.ReadFS(dir, name+caseSuffix, maxText)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", label, causeOf(err))
	}
	c := &Case{Name: name}
	doc, err := strict.Decode(label, data, c)
	if doc == nil {
		return nil, err
	}
	l := loader{doc: doc, dir: dir, pages: map[string]page{}}
	l.check(c)
	trace, err := file.ReadFS(dir, name+traceSuffix, maxText)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		doc.Report(nil, "read the trace beside it: %v", causeOf(err))
	}
	c.Trace = string(trace)
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// causeOf removes the path from an error, because the message contains it.
func causeOf(err error) error {
	if perr, ok := errors.AsType[*fs.PathError](err); ok {
		return perr.Err
	}
	return err
}

// loader checks a case and reads its pages.
type loader struct {
	doc   *strict.Document
	dir   fs.FS
	pages map[string]page // that were read, by file
	size  int             // of the pages so far
}

// page is the content of a file, or why it cannot be read.
type page struct {
	data []byte
	err  error
}

func (l *loader) wrong(at strict.Path, format string, args ...any) { l.doc.Report(at, format, args...) }

func (l *loader) check(c *Case) {
	if c.Flow == "" {
		c.Flow = plugins.FlowAuthenticate
	}
	if flows := []string{plugins.FlowAuthenticate, plugins.FlowMaintain, plugins.FlowLogoff}; !slices.Contains(flows, c.Flow) {
		l.wrong(strict.Path{"flow"}, "want one of %q, not %q", flows, c.Flow)
	}
	if c.Now.IsZero() {
		c.Now = defaultNow()
	}
	if c.Flow == plugins.FlowAuthenticate && len(c.Hops) == 0 {
		l.wrong(nil, "no [[hop]]: a login needs a portal")
	}
	if c.Flow == plugins.FlowAuthenticate && len(c.Session) > 0 {
		l.wrong(strict.Path{"session"}, "only maintain and logoff read session values")
	}
	l.checkFacts(c)
	for i := range c.Hops {
		hop := &c.Hops[i]
		l.checkURL(strict.Path{"hop", i, "url"}, hop.URL)
		l.checkResponse(strict.Path{"hop", i}, &hop.Response)
	}
	for i := range c.Answers {
		l.checkAnswer(strict.Path{"answer", i}, &c.Answers[i])
	}
}

// checkFacts checks network, link and the other facts of the probe.
func (l *loader) checkFacts(c *Case) {
	if _, err := c.Network.network(); err != nil {
		for line := range strings.Lines(err.Error()) {
			l.wrong(strict.Path{"network"}, "%s", strings.TrimSpace(line))
		}
	}
	for key, text := range map[string]string{"gateway": c.Link.Gateway, "address": c.Link.Address} {
		if _, err := address(text); err != nil {
			l.wrong(strict.Path{"link", key}, "%q is not an address", text)
		}
	}
	if _, err := hex.DecodeString(c.Random); err != nil {
		l.wrong(strict.Path{"random"}, "want hexadecimal digits: %v", err)
	}
	for key, text := range map[string]string{"portal": c.Portal, "api": c.API} {
		if text != "" {
			l.checkURL(strict.Path{key}, text)
		}
	}
}

func (l *loader) checkURL(at strict.Path, text string) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		l.wrong(at, "want an http or https URL, not %q", text)
	}
}

func (l *loader) checkAnswer(at strict.Path, a *Answer) {
	method, target, _ := strings.Cut(a.To, " ")
	if method != http.MethodGet && method != http.MethodPost {
		l.wrong(append(at, "to"), "want a method and a URL such as \"GET http://portal.test/\", not %q", a.To)
	} else {
		l.checkURL(append(at, "to"), target)
	}
	a.method, a.url = method, target
	for name := range a.Sent {
		if err := portal.CheckHeaderName(name); err != nil {
			l.wrong(append(at, "sent", name), "%v", err)
		}
	}
	if len(a.Form) > 0 && a.JSON != nil {
		l.wrong(append(at, "json"), "a request has either form fields or JSON")
	}
	if a.Took < 0 || a.Took > maxTook {
		l.wrong(append(at, "took"), "want 0 to %d seconds", maxTook)
	}
	l.checkResponse(at, &a.Response)
}

// maxTook is how many seconds an answer can take: a step waits no longer.
const maxTook = int(portal.StepTimeout / time.Second)

// checkResponse checks a response and reads its body.
func (l *loader) checkResponse(at strict.Path, r *Response) {
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	if r.Status < 200 || r.Status > 599 {
		l.wrong(append(at, "status"), "want a status from 200 to 599, not %d", r.Status)
	}
	if r.Body != "" && r.Text != "" {
		l.wrong(append(at, "text"), "an answer has either body, a file, or text")
	}
	if r.Error != "" && (r.Body != "" || r.Text != "") {
		l.wrong(append(at, "error"), "an answer with error has no body")
	}
	r.data = []byte(r.Text)
	if r.Body == "" {
		return
	}
	if !fs.ValidPath(r.Body) {
		l.wrong(append(at, "body"), "want a file beside the case such as \"pages/login.html\", not %q", r.Body)
		return
	}
	r.data = l.page(append(at, "body"), r.Body)
}

// page returns the content of a file. Responses share it.
func (l *loader) page(at strict.Path, name string) []byte {
	if l.size > maxPages {
		return nil // that was said
	}
	p, known := l.pages[name]
	if !known {
		p.data, p.err = file.ReadFS(l.dir, name, portal.MaxBody)
		l.pages[name] = p
	}
	if p.err != nil {
		l.wrong(at, "read %s: %v", name, causeOf(p.err))
	}
	if l.size += len(p.data); l.size > maxPages {
		l.wrong(at, "the pages of the case have more than %d MiB together, a page that is there twice counted twice", maxPages>>20)
	}
	return p.data
}
