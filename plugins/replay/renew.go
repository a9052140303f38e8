package replay

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/redact"
	"hotspot-helper/internal/web"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// CheckRenewed replays the case to a helper as another visit would meet it: with other tokens in
// addresses, cookies, fields and scripts. It returns why that does not log in, or which request still
// sends what belonged to the visit that was recorded; nil: the helper logs in with the new ones.
func (c *Case) CheckRenewed(ctx context.Context, helper plugins.Helper) error {
	first, err := c.repeat(ctx, helper)
	if err != nil {
		return fmt.Errorf("replay what was recorded: %w", err)
	}
	renewed, old, err := c.renewed(ctx, first.tokens)
	if err != nil {
		return err
	}
	again, err := renewed.repeat(ctx, helper)
	if err != nil {
		return fmt.Errorf("replay with other tokens: %w", err)
	}
	before := map[string]bool{}
	for _, sent := range first.sent {
		for _, text := range randomWords(sent.text) {
			before[text] = true
		}
	}
	for _, value := range c.Inputs {
		delete(before, value)
	}
	for _, sent := range again.sent {
		if old.Contains(sent.text) || slices.ContainsFunc(randomWords(sent.text), func(text string) bool { return before[text] }) {
			return fmt.Errorf("replay with other tokens: %s sends a value of the visit that was recorded", sent.to)
		}
	}
	return nil
}

// randomWord matches a word that is long enough to be random.
var randomWord = regexp.MustCompile(`[A-Za-z0-9+/_-]{12,}`)

// randomWords returns the words of what was sent that mix letters and digits as nothing does that people
// choose.
func randomWords(text string) []string {
	var words []string
	for _, spelled := range []string{text, unescaped(text)} {
		for _, found := range randomWord.FindAllString(spelled, -1) {
			if len(mixed.FindAllString(found, -1)) > 1 {
				words = append(words, found)
			}
		}
	}
	return words
}

// unescaped returns a text of URLs and forms without their escapes.
func unescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// repetition is what a replay sent, and which texts the flow took for tokens.
type repetition struct {
	sent   []sentRequest
	tokens []string
}

// sentRequest is a request without what is the same at each visit.
type sentRequest struct {
	to   string // method, host and path
	text string // URL, header and body
}

// repeat replays the case. It is an error if that does not submit, or asks for what was not recorded.
func (c *Case) repeat(ctx context.Context, helper plugins.Helper) (*repetition, error) {
	made := &repetition{}
	p := &player{answers: c.Answers, used: make([]bool, len(c.Answers)), onExchange: func(request *http.Request, body []byte, _ *Answer) {
		var text strings.Builder
		fmt.Fprintf(&text, "%s\n", target(request))
		_ = request.Header.Write(&text) // a strings.Builder never fails
		text.Write(body)
		made.sent = append(made.sent, sentRequest{request.Method + " " + request.URL.Host + request.URL.Path, text.String()})
	}}
	job, err := c.job(p, allGiven())
	if err != nil {
		return nil, err
	}
	result, err := plugins.RunFlow(ctx, helper, c.Flow, job)
	switch {
	case p.unexpected != nil:
		return nil, p.unexpected
	case err != nil:
		return nil, err
	case result.Outcome != flow.Submitted:
		return nil, fmt.Errorf("it ends as %s: %s", result.Outcome, result.Reason)
	}
	if p.session != nil {
		made.tokens = p.session.Tokens()
	}
	return made, nil
}

// renewed returns the case with other tokens, and what finds the old ones. The tokens that a flow read
// are among them.
func (c *Case) renewed(ctx context.Context, tokens []string) (*Case, redact.Masker, error) {
	again := c.clone()
	m := newMasker()
	m.fakes, m.made = slices.Collect(maps.Values(c.Inputs)), isTime
	for _, token := range tokens {
		m.session(token)
	}
	for _, hop := range again.Hops {
		m.pathTokens(hop.URL)
	}
	for _, answer := range again.Answers {
		m.pathTokens(answer.url)
		m.pathTokens(answer.location())
	}
	for _, r := range again.responses() {
		m.hiddenWords(r.data)
	}
	if err := m.scan(ctx, again); err != nil {
		return nil, redact.Masker{}, err
	}
	if m.over {
		return nil, redact.Masker{}, errTooMuch
	}
	again.rewrite(m.replacer())
	var old []redact.Target
	for text, fake := range m.pairs {
		if len(text) >= minToken && text != fake {
			old = append(old, redact.Target{Text: text})
		}
	}
	return again, redact.New(old), nil
}

// clone copies everything that rewrite changes.
func (c *Case) clone() *Case {
	copied := *c
	copied.Session = maps.Clone(c.Session)
	copied.Hops, copied.Answers = slices.Clone(c.Hops), nil
	for i, hop := range copied.Hops {
		copied.Hops[i].Response = Answer{Response: hop.Response}.clone().Response
	}
	for _, answer := range c.Answers {
		copied.Answers = append(copied.Answers, answer.clone())
	}
	return &copied
}

// hiddenWords finds the words in hidden fields of a page that look random: a field may have several.
func (m *masker) hiddenWords(data []byte) {
	root, err := web.ParseHTML(string(data))
	if err != nil {
		return // no field of it can be sent
	}
	for node := range root.Descendants() {
		value, _ := web.Attribute(node, "value")
		if node.DataAtom != atom.Input || !isHidden(node) {
			continue
		}
		for _, found := range randomWord.FindAllString(value, -1) {
			if len(mixed.FindAllString(found, -1)) > 1 {
				m.replaceToken(found)
			}
		}
	}
}

// pathTokens finds tokens in the path of a URL: what mixes letters and digits as no name does.
func (m *masker) pathTokens(address string) {
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		name, _, _ := cutEnding(segment)
		if len(name) >= minToken && word.MatchString(name) && len(mixed.FindAllString(name, -1)) > 1 {
			m.replaceToken(name)
		}
	}
}

// isTime reports whether a text is a time in seconds or milliseconds, which scripts add to an address
// to keep browsers from using their cache.
func isTime(text string) bool {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return false
	}
	const earliest, latest = 2020, 2100 // anything else is a number
	for _, t := range []time.Time{time.Unix(number, 0), time.UnixMilli(number)} {
		if year := t.UTC().Year(); earliest <= year && year < latest {
			return true
		}
	}
	return false
}

// Needs replays the case to a helper, at first without any consent, and returns those that it needs.
// All inputs are secret, as those are that a user stored.
func (c *Case) Needs(ctx context.Context, helper plugins.Helper) (Needs, error) {
	inputs := map[string]portal.Value{}
	for name, text := range c.Inputs {
		inputs[name] = portal.Secret(text)
	}
	return c.needs(ctx, helper, inputs)
}
