package probe

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"hotspot-helper/internal/strict"
)

// catalogueFile is the TOML of a catalogue.
type catalogueFile struct {
	Endpoints []endpointTable `toml:"endpoint"`
}

// endpointTable is the TOML of an [Endpoint].
type endpointTable struct {
	Name     string            `toml:"name"`
	Operator string            `toml:"operator"`
	URL      string            `toml:"url"`
	Status   int               `toml:"status"`
	Body     string            `toml:"body"`
	Header   map[string]string `toml:"header"`
	Agent    string            `toml:"agent"`
	Family   string            `toml:"family"`
	Decoy    bool              `toml:"decoy"`
	Default  bool              `toml:"default"`
	Note     string            `toml:"note"`
}

// ParseCatalogue parses endpoints from TOML in the form of the embedded endpoints.toml. It
// is strict: an unknown key, a value of another type and a check that cannot distinguish a
// portal from the Internet are mistakes. The error has all of them: [strict.Mistakes].
func ParseCatalogue(file string, data []byte) ([]Endpoint, error) {
	var raw catalogueFile
	doc, err := strict.Decode(file, data, &raw)
	if doc == nil {
		return nil, err
	}
	if len(raw.Endpoints) == 0 {
		doc.Report(strict.Path{"endpoint"}, "want at least one [[endpoint]]")
	}
	var endpoints []Endpoint
	names := map[string]bool{}
	for i, table := range raw.Endpoints {
		c := checker{doc, i}
		c.endpoint(table)
		if names[table.Name] {
			c.report("name", "%q is taken", table.Name)
		}
		names[table.Name] = true
		endpoints = append(endpoints, c.make(table))
	}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return endpoints, nil
}

// checker reports what is wrong with one endpoint.
type checker struct {
	doc   *strict.Document
	index int
}

func (c checker) report(key, format string, args ...any) {
	c.doc.Report(strict.Path{"endpoint", c.index, key}, format, args...)
}

func (c checker) endpoint(e endpointTable) {
	if e.Name == "" {
		c.report("name", "want a name")
	}
	if e.Operator == "" {
		c.report("operator", "want an operator: two results of one operator count once")
	}
	for name := range e.Header {
		if !httpguts.ValidHeaderFieldName(name) {
			c.report("header", "%q is not a field name", name)
		}
	}
	if agent := Agent(e.Agent); agent != "" && agent != AgentBrowser && agent != AgentWISPr {
		c.report("agent", "want %q or %q, not %q", AgentBrowser, AgentWISPr, e.Agent)
	}
	if family := Family(e.Family); family != FamilyAny && family != FamilyIPv4 && family != FamilyIPv6 {
		c.report("family", "want %q or %q, not %q", FamilyIPv4, FamilyIPv6, e.Family)
	}
	c.url(e.URL)
	if e.Decoy {
		c.decoy(e)
	} else {
		c.answer(e)
	}
}

// decoy refuses a name, which a name server could redirect, and a wanted response.
func (c checker) decoy(e endpointTable) {
	if _, literal := (Endpoint{URL: e.URL}).literal(); !literal || !strings.HasPrefix(e.URL, "http:") {
		c.report("url", "want an http URL with an address in place of a name for a decoy, not %q", e.URL)
	}
	if e.Status != 0 || e.Body != "" || len(e.Header) > 0 {
		c.report("decoy", "a decoy has no server: want neither status nor body nor header")
	}
}

func (c checker) url(text string) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		c.report("url", "%v", err)
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		c.report("url", "want an absolute http or https URL, not %q", text)
	case u.User != nil, u.Fragment != "":
		c.report("url", "want neither user nor fragment in %q", text)
	}
}

// answer refuses a wanted response that a portal would give too.
func (c checker) answer(e endpointTable) {
	switch {
	case e.Status < 200 || e.Status > 299:
		c.report("status", "want one of 200 to 299, not %d", e.Status)
	case e.Status == http.StatusNoContent && e.Body != "":
		c.report("body", "status 204 has none")
	case e.Status != http.StatusNoContent && e.Body == "" && len(e.Header) == 0:
		c.report("body", "want a body or a header with status %d, for any page would do", e.Status)
	}
	if e.Body != strings.TrimSpace(e.Body) || !utf8.ValidString(e.Body) || len(e.Body) > maxWanted {
		c.report("body", "want at most %d bytes of UTF-8 without white space around them", maxWanted)
	}
}

func (c checker) make(e endpointTable) Endpoint {
	var header map[string]string
	for name, value := range e.Header {
		if header == nil {
			header = map[string]string{}
		}
		header[http.CanonicalHeaderKey(name)] = value
	}
	return Endpoint{
		Name: e.Name, Operator: e.Operator, URL: e.URL, Status: e.Status, Body: e.Body,
		Header: header, Agent: Agent(e.Agent), Family: Family(e.Family), Decoy: e.Decoy, Default: e.Default, Note: e.Note,
	}
}
