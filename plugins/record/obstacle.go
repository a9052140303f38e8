package record

import (
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
	"hotspot-helper/plugins/builtin/clickthrough"
	"hotspot-helper/portal"
)

// Obstacle is what keeps a login from being repeated without a person.
type Obstacle string

// The obstacles.
const (
	ObstacleCode    Obstacle = "one-time-code" // a code that is sent each time
	ObstacleCaptcha Obstacle = "captcha"
	ObstaclePayment Obstacle = "payment"
	ObstacleMail    Obstacle = "e-mail-link" // a link in an e-mail was opened
	ObstacleUpload  Obstacle = "upload"      // a file was sent
)

// The words that fields and pages have where a person is needed each time. They are looked for in
// names, labels and texts in lower case. Few programs need them, so they are compiled at their first use.
var (
	wordsOfCodes = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\b(otp|totp|sms|mfa|2fa|tan)\b|one.?time|otp.?code|sms.?code|sms.?pin|(verif\w*|confirm\w*|security|text message).?code|bestätigungscode|einmal`)
	})
	wordsOfCards = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\b(cvv|cvc|cvc2|iban)\b|cc.?num|credit.?card|kreditkarte`)
	})
	aboutMail = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(link|confirm|activat|verif|bestätig)[^.!?]{0,80}(e-?mail|inbox|mailbox|posteingang)|(e-?mail|inbox|mailbox|posteingang)[^.!?]{0,80}(link|confirm|activat|verif|bestätig)`)
	})
)

// payments are domains of services that take payments.
func payments() []string {
	return []string{"stripe.com", "paypal.com", "adyen.com", "braintreegateway.com", "klarna.com", "mollie.com", "checkout.com"}
}

// maxMailText is how much of a page is searched for what it says about an e-mail, in bytes.
const maxMailText = 4 << 10

// obstacle returns what keeps the login from being repeated without a person, and where it was seen;
// empty: nothing that is known.
func (s *session) obstacle() (found Obstacle, detail string) {
	isTyped := s.typing()
	for _, a := range s.actions {
		if found, detail = a.obstacle(); found != "" {
			return found, detail
		}
		if detail = s.cost(a, isTyped); detail != "" {
			return ObstaclePayment, detail
		}
	}
	if bought := s.receipt(); bought != "" {
		return ObstaclePayment, bought
	}
	return "", ""
}

// cost returns what says that an action buys something, "" if nothing does. All counts that it sent, as a form or as a script does.
func (s *session) cost(a *action, isTyped func(a *action, name, value string) bool) string {
	x := a.first()
	use := clickthrough.Use{Target: x.url, Sent: valuesOf(x.fields), Typed: func(name, value string) bool { return isTyped(a, name, value) }}
	addJSON := func(content any) {
		for name, value := range clickthrough.EachValue(a.work, content) {
			use.Sent[name] = append(use.Sent[name], scalar(value))
		}
	}
	for _, f := range x.fields {
		if strings.HasPrefix(strings.TrimLeft(f.value, " "), "{") {
			addJSON(jsonOf(f.value))
		}
	}
	switch {
	case x.json != nil:
		addJSON(x.json)
	case x.text != "": // whose names are not known
		use.Sent[x.text] = []string{x.text}
	}
	if best := a.fill(); best != nil && x.kind == document {
		use.Form = best.form.Node()
	}
	return clickthrough.Cost(a.work, a.page.page, use)
}

// typing returns what reports whether a person typed the value of a field: into a control with its name, as the recording
// tells or, if it does not, the page.
func (s *session) typing() func(a *action, name, value string) bool {
	if s.typed == nil {
		return func(a *action, name, _ string) bool {
			return slices.ContainsFunc(a.page.pageForms(), func(form *pageForm) bool {
				return a.work.Spend(costControl*len(form.controls)) && slices.ContainsFunc(form.controls, func(c portal.Control) bool { return c.Name == ownKey(name) && isTyped(c) })
			})
		}
	}
	typed := map[field]bool{}
	for i := range s.typed.Controls {
		if c := &s.typed.Controls[i]; !c.isChoice() {
			for _, value := range c.Values {
				typed[field{c.Name, value.Reveal()}], typed[field{c.ID, value.Reveal()}] = true, true
			}
		}
	}
	return func(_ *action, name, value string) bool { return typed[field{ownKey(name), value}] }
}

// ownKey returns a name of [clickthrough.EachValue] without the key around it.
func ownKey(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// receipt returns what the last answer says of a purchase, "" if it says nothing.
func (s *session) receipt() string {
	last := s.actions[len(s.actions)-1].last().page
	document := jsonOf(last.Body)
	if document == nil {
		return clickthrough.Receipt(s.work, last)
	}
	scalars, text := map[string]bool{}, strings.Builder{}
	addScalars(scalars, document)
	for _, scalar := range slices.Sorted(maps.Keys(scalars)) {
		if strings.Contains(scalar, " ") { // a text for people
			text.WriteString("<p>" + html.EscapeString(scalar))
		}
	}
	header := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	return clickthrough.Receipt(s.work, &portal.Page{URL: last.URL, Status: last.Status, Header: header, Body: text.String()})
}

func (a *action) obstacle() (Obstacle, string) {
	if a.first().isUpload {
		return ObstacleUpload, "a file was sent"
	}
	for _, x := range a.exchanges {
		if host := x.url.Hostname(); slices.ContainsFunc(payments(), func(domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) }) {
			return ObstaclePayment, host
		}
	}
	kinds := a.kindsOfFields()
	for _, f := range a.first().fields {
		if f.value == "" {
			continue
		}
		if found := obstacleOf(kinds[f.name]+" "+strings.ToLower(f.name), isWritten(a, f.name)); found != "" {
			return found, "the field " + f.name
		}
	}
	for _, name := range keysOf(a.first().json) {
		if found := obstacleOf(kinds[name]+" "+strings.ToLower(name), true); found != "" {
			return found, "the field " + name
		}
	}
	if a.sentAddress() && aboutMail().MatchString(strings.ToLower(a.last().page.Text(maxMailText))) {
		return ObstacleMail, a.last().url.Hostname()
	}
	return "", ""
}

// obstacleOf judges a field by its name, its label and what it asks browsers to fill in. Codes and
// numbers of cards are typed; what passes a CAPTCHA is not always.
func obstacleOf(words string, isTyped bool) Obstacle {
	switch {
	case containsWord(words, "captcha", "turnstile-response"):
		return ObstacleCaptcha
	case !isTyped:
		return ""
	case wordsOfCards().MatchString(words), strings.Contains(words, "cc-"):
		return ObstaclePayment
	case wordsOfCodes().MatchString(words):
		return ObstacleCode
	}
	return ""
}

// kindsOfFields returns what the page of the action says of its fields: what they ask browsers to fill
// in, and their labels, in lower case.
func (a *action) kindsOfFields() map[string]string {
	kinds := map[string]string{}
	for _, input := range a.page.page.Document().FindMatcher(web.Tags(atom.Input)).EachIter() {
		if name := input.AttrOr("name", input.AttrOr("id", "")); name != "" {
			kinds[name] = strings.ToLower(input.AttrOr("autocomplete", "") + " " + input.AttrOr("placeholder", ""))
		}
	}
	for _, form := range a.page.pageForms() {
		for _, c := range form.controls {
			kinds[c.Name] += " " + strings.ToLower(c.Label)
		}
	}
	return kinds
}

// isWritten reports whether a person writes into the field, as far as the page says.
func isWritten(a *action, name string) bool {
	for _, form := range a.page.pageForms() {
		for _, c := range form.controls {
			if c.Name == name {
				return isTyped(c)
			}
		}
	}
	return a.first().kind == call
}

// sentAddress reports whether the action sent an e-mail address.
func (a *action) sentAddress() bool {
	return slices.ContainsFunc(a.first().fields, func(f field) bool {
		_, domain, found := strings.Cut(f.value, "@")
		return found && strings.Contains(domain, ".")
	})
}
