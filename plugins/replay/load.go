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

	"hotspot-helper/internal/strict"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
)

// Dir is the directory of a pack's cases, within that of the pack.
const Dir = "tests"

const (
	caseSuffix  = ".toml"
	traceSuffix = ".trace"
	pagesDir    = "pages"
)

// defaultNow is when a flow begins whose case does not say.
func defaultNow() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// Names returns the names of the cases in a directory, sorted. A directory that is not
// there has none.
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

// Load reads one case with its pages and its golden trace. Origin names the directory in
// mistakes. The error is [strict.Mistakes] where the file can be read: all that is wrong.
func Load(dir fs.FS, name, origin string) (*Case, error) {
	file := path.Join(origin, name+caseSuffix)
	data, err := fs.ReadFile(dir, name+caseSuffix)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, causeOf(err))
	}
	c := &Case{Name: name}
	doc, err := strict.Decode(file, data, c)
	if doc == nil {
		return nil, err
	}
	l := loader{doc: doc, dir: dir}
	l.check(c)
	trace, err := fs.ReadFile(dir, name+traceSuffix)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		doc.Report(nil, "read the trace beside it: %v", causeOf(err))
	}
	c.Trace = string(trace)
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// causeOf takes the path off an error: the message has it already.
func causeOf(err error) error {
	if perr, ok := errors.AsType[*fs.PathError](err); ok {
		return perr.Err
	}
	return err
}

// loader checks a case and reads its pages.
type loader struct {
	doc *strict.Document
	dir fs.FS
}

func (l *loader) wrong(format string, args []any, at ...any) { l.doc.Report(at, format, args...) }

func (l *loader) check(c *Case) {
	if c.Flow == "" {
		c.Flow = plugins.FlowAuthenticate
	}
	if flows := []string{plugins.FlowAuthenticate, plugins.FlowMaintain, plugins.FlowLogoff}; !slices.Contains(flows, c.Flow) {
		l.wrong("want one of %q, not %q", []any{flows, c.Flow}, "flow")
	}
	if c.Now.IsZero() {
		c.Now = defaultNow()
	}
	if c.Flow == plugins.FlowAuthenticate && len(c.Hops) == 0 {
		l.wrong("no [[hop]]: without a portal nobody logs in", nil)
	}
	if c.Flow == plugins.FlowAuthenticate && len(c.Session) > 0 {
		l.wrong("only maintain and logoff read session values", nil, "session")
	}
	l.checkFacts(c)
	for i := range c.Hops {
		hop := &c.Hops[i]
		l.checkURL(hop.URL, "hop", i, "url")
		l.checkResponse(&hop.Response, "hop", i)
	}
	for i := range c.Answers {
		l.checkAnswer(&c.Answers[i], i)
	}
}

// checkFacts looks at what is known of network and link.
func (l *loader) checkFacts(c *Case) {
	if _, err := c.Network.network(); err != nil {
		for line := range strings.Lines(err.Error()) {
			l.wrong("%s", []any{strings.TrimSpace(line)}, "network")
		}
	}
	for key, text := range map[string]string{"gateway": c.Link.Gateway, "address": c.Link.Address} {
		if _, err := address(text); err != nil {
			l.wrong("%q is no address", []any{text}, "link", key)
		}
	}
	if _, err := hex.DecodeString(c.Random); err != nil {
		l.wrong("want hexadecimal digits: %v", []any{err}, "random")
	}
	for key, text := range map[string]string{"portal": c.Portal, "api": c.API} {
		if text != "" {
			l.checkURL(text, key)
		}
	}
}

func (l *loader) checkURL(text string, at ...any) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		l.wrong("want an http or https URL, not %q", []any{text}, at...)
	}
}

func (l *loader) checkAnswer(a *Answer, i int) {
	method, target, _ := strings.Cut(a.To, " ")
	if method != http.MethodGet && method != http.MethodPost {
		l.wrong("want a method and a URL such as \"GET http://portal.test/\", not %q", []any{a.To}, "answer", i, "to")
	} else {
		l.checkURL(target, "answer", i, "to")
	}
	a.method, a.url = method, target
	if len(a.Form) > 0 && a.JSON != nil {
		l.wrong("a request has either form fields or JSON", nil, "answer", i, "json")
	}
	l.checkResponse(&a.Response, "answer", i)
}

// checkResponse reads the page of a response.
func (l *loader) checkResponse(r *Response, at ...any) {
	below := func(key string) []any { return append(slices.Clip(at), key) }
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	if r.Status < 200 || r.Status > 599 {
		l.wrong("want a status from 200 to 599, not %d", []any{r.Status}, below("status")...)
	}
	if r.Body != "" && r.Text != "" {
		l.wrong("an answer has either body, a file, or text", nil, below("text")...)
	}
	if r.Error != "" && (r.Body != "" || r.Text != "") {
		l.wrong("where there was no answer, there is no body", nil, below("error")...)
	}
	r.data = []byte(r.Text)
	if r.Body == "" {
		return
	}
	data, err := fs.ReadFile(l.dir, r.Body)
	switch {
	case !fs.ValidPath(r.Body):
		l.wrong("want a file beside the case such as \"pages/login.html\", not %q", []any{r.Body}, below("body")...)
	case err != nil:
		l.wrong("read %s: %v", []any{r.Body, causeOf(err)}, below("body")...)
	case len(data) > portal.MaxBody:
		l.wrong("%s has %d bytes, at most %d", []any{r.Body, len(data), portal.MaxBody}, below("body")...)
	}
	r.data = data
}
