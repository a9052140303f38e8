package replay

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/renameio/v2"
	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/strict"
	"hotspot-helper/internal/web"
	"hotspot-helper/plugins"
)

// Files returns the files of the case by name, relative to the directory of cases: the case,
// its golden trace, if any, and its pages. The name of a page depends on its content only,
// so that several cases share it.
func (c *Case) Files() map[string][]byte {
	files := map[string][]byte{}
	for i := range c.Hops {
		c.Hops[i].store(files)
	}
	for i := range c.Answers {
		c.Answers[i].store(files)
	}
	files[c.Name+caseSuffix] = c.encode()
	if c.Trace != "" {
		files[c.Name+traceSuffix] = []byte(c.Trace)
	}
	return files
}

// Write writes the files of the case into a directory, which it creates.
func (c *Case) Write(dir string) error {
	files := c.Files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("write case %s: %w", c.Name, err)
		}
		if err := replace(file, files[name]); err != nil {
			return fmt.Errorf("write case %s: %w", c.Name, err)
		}
	}
	return nil
}

// replace writes a file in place of what has its name. It follows no link: a pack from someone else may have
// one to any file of the user's, or to a directory.
func replace(file string, data []byte) error {
	switch dir, err := os.Lstat(filepath.Dir(file)); {
	case err != nil:
		return err
	case !dir.IsDir():
		return fmt.Errorf("%s is a link", filepath.Dir(file))
	}
	return renameio.WriteFile(file, data, 0o644)
}

// WriteTrace writes the golden trace of the case into a directory.
func (c *Case) WriteTrace(dir string) error {
	if err := replace(filepath.Join(dir, c.Name+traceSuffix), []byte(c.Trace)); err != nil {
		return fmt.Errorf("write trace of case %s: %w", c.Name, err)
	}
	return nil
}

// maxInline is the maximum size in bytes of a body in the file of the case itself.
const maxInline = 240

// store stores the body in the case or in a file.
func (r *Response) store(files map[string][]byte) {
	r.Body, r.Text = "", ""
	switch {
	case len(r.data) <= maxInline && isText(r.data):
		r.Text = string(r.data)
	default:
		r.Body = path.Join(pagesDir, pageName(r.data))
		files[r.Body] = r.data
	}
}

// isText reports whether a body is readable as a TOML string.
func isText(data []byte) bool {
	return utf8.Valid(data) && !strings.ContainsFunc(string(data), func(r rune) bool {
		return r != '\n' && r != '\t' && !unicode.IsPrint(r)
	})
}

// notInName matches characters that a page name leaves out.
var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// pageName returns a name from the title of a page and a few digits of its hash.
func pageName(data []byte) string {
	const maxStem, maxSum = 24, 4
	sum := sha256.Sum256(data)
	title, ending := titleOf(data), ".bin"
	switch {
	case title != "":
		ending = ".html"
	case strings.HasPrefix(strings.TrimSpace(string(data)), "{"):
		title, ending = "document", ".json"
	case strings.Contains(string(data), "<"):
		title, ending = "page", ".html"
	case utf8.Valid(data):
		title, ending = "text", ".txt"
	default:
		title = "bytes"
	}
	stem := strings.Trim(notInName.ReplaceAllString(strings.ToLower(title), "-"), "-")
	stem = strings.Trim(stem[:min(len(stem), maxStem)], "-")
	return strings.TrimPrefix(stem+"-", "-") + hex.EncodeToString(sum[:maxSum]) + ending
}

// titleOf returns the title of a page, "" if it has none.
func titleOf(data []byte) string {
	root, _ := web.ParseHTML(string(data))
	for node := range root.Descendants() {
		if node.DataAtom == atom.Title && node.FirstChild != nil {
			return node.FirstChild.Data
		}
	}
	return ""
}

// encode returns the case as TOML.
func (c *Case) encode() []byte {
	w := &writer{}
	w.text("description", c.Description)
	if c.Flow != plugins.FlowAuthenticate {
		w.text("flow", c.Flow)
	}
	w.table("network", map[string]string{"ssid": c.Network.SSID, "bssid": c.Network.BSSID, "security": c.Network.Security})
	w.table("link", map[string]string{"gateway": c.Link.Gateway, "address": c.Link.Address})
	w.text("portal", c.Portal)
	w.text("api", c.API)
	w.text("wispr", c.WISPr)
	w.table("inputs", c.Inputs)
	w.table("session", c.Session)
	if !c.Now.IsZero() && !c.Now.Equal(defaultNow()) {
		w.line("now = %s", c.Now.UTC().Format(time.RFC3339))
	}
	w.text("random", c.Random)
	for _, hop := range c.Hops {
		w.line("\n[[hop]]")
		w.text("url", hop.URL)
		w.response(hop.Response)
	}
	for _, answer := range c.Answers {
		w.line("\n[[answer]]")
		w.text("to", answer.To)
		w.table("sent", answer.Sent)
		w.table("form", answer.Form)
		w.response(answer.Response)
	}
	return []byte(w.String())
}

// writer writes TOML. It leaves out empty values.
type writer struct{ strings.Builder }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

func (w *writer) text(key, value string) {
	if value != "" {
		w.line("%s = %s", key, strict.Quote(value))
	}
}

func (w *writer) table(key string, values map[string]string) {
	var entries []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] != "" || key == "inputs" || key == "session" || key == "form" || key == "sent" {
			entries = append(entries, strict.QuoteKey(name)+" = "+strict.Quote(values[name]))
		}
	}
	if len(entries) > 0 {
		w.line("%s = { %s }", key, strings.Join(entries, ", "))
	}
}

func (w *writer) response(r Response) {
	if r.Status != 0 && r.Error == "" {
		w.line("status = %d", r.Status)
	}
	var entries []string
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		var values []string
		for _, value := range r.Header[name] {
			values = append(values, strict.Quote(value))
		}
		text := strings.Join(values, ", ")
		if len(values) != 1 {
			text = "[" + text + "]"
		}
		entries = append(entries, strict.QuoteKey(name)+" = "+text)
	}
	if len(entries) > 0 {
		w.line("header = { %s }", strings.Join(entries, ", "))
	}
	w.text("body", r.Body)
	if lines := strings.Split(r.Text, "\n"); len(lines) > 1 {
		for i := range lines {
			lines[i] = strict.Escape(lines[i])
		}
		w.line("text = \"\"\"\n%s\"\"\"", strings.Join(lines, "\n"))
	} else {
		w.text("text", r.Text)
	}
	w.text("error", r.Error)
}
