// Package clickthrough finds the one way forward on a portal's page: the button or link that a
// person would click to get online, and what has to be ticked and filled in before. It reads
// pages by lists of words in many languages, and claims nothing where a person has to choose,
// to pay, or to prove who they are.
package clickthrough

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// MaxWork bounds the search for the way forward on one page, in the units of [web.Search].
const MaxWork = 4_000_000

// Visitor is for whom the way forward is looked for.
type Visitor struct {
	// Profile is what may be filled into forms.
	Profile Profile
	// Allows returns an error for an address that may not be asked; nil allows every one.
	Allows func(*url.URL) error
}

// Way is a way forward. It belongs to its page, and changes the page's forms when it is taken.
type Way struct {
	Text string // of the button or link, for people
	// Sends names the values of the profile that it sends.
	Sends []string

	form    *portal.Form
	press   *html.Node // nil: the form has no button that is pressed
	link    *url.URL   // in place of a form
	changes []change
	key     string
}

// change sets or removes an attribute, as a person or script at the page would do by using it.
type change struct {
	node   *html.Node
	name   string
	value  string
	remove bool
	typed  bool // a person would type it
}

// ErrNothing is the error of a page that has nothing to click.
var ErrNothing = errors.New("the page has nothing to click")

// Find returns the one way forward on a page. The error says why there is none: it is
// [ErrNothing], or what a person has to do or decide there, or [web.ErrTooComplex],
// [web.ErrTooMuchWork], or the cause of the end of the context.
func Find(ctx context.Context, page *portal.Page, visitor Visitor) (*Way, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("read page: %w", context.Cause(ctx))
	}
	if page.TooComplex() {
		return nil, web.ErrTooComplex
	}
	search := web.NewSearch(ctx, MaxWork)
	d := readDocument(page, search)
	if d.tooLong() {
		return nil, fmt.Errorf("read page: %w", web.ErrTooMuchWork)
	}
	way, err := d.find(visitor)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("read page: %w", context.Cause(ctx))
	}
	if failed := search.Err(); failed != nil {
		return nil, fmt.Errorf("read page: %w", failed)
	}
	return way, err
}

// find looks for the way forward, after what forbids any.
func (d *document) find(visitor Visitor) (*Way, error) {
	if err := d.forbidden(); err != nil {
		return nil, err
	}
	options := d.options(visitor)
	chosen, err := choose(options)
	if err != nil {
		return nil, err
	}
	return d.prepare(chosen, visitor)
}

// forbidden returns an error for a page that costs something or asks for a password.
func (d *document) forbidden() error {
	if d.unread {
		return errors.New("the page has a frame that cannot be read")
	}
	texts := [][]token{d.text(), d.notesText()}
	for _, s := range d.hiddenTexts() {
		texts = append(texts, d.tokens(s.text))
	}
	for _, text := range texts {
		if price := words().price(text); price != "" {
			return fmt.Errorf("the page names a price: %q", price)
		}
		if words().text.read(text).has(charged) {
			return errors.New("the page says that it costs something")
		}
	}
	for _, f := range d.forms {
		for _, c := range f.controls {
			if err := d.forbids(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// forbids returns an error for a control that only a person may use.
func (d *document) forbids(c control) error {
	switch {
	case len(c.Name) > maxSaid:
		return fmt.Errorf("the page has a field whose name is too long to read: %q", shorten(c.Name))
	case (c.Type == "hidden" || isTyped(c.Control)) && d.readSent(c.Name, c.Value, true).has(pay):
		return fmt.Errorf("the page has a field for a payment: %q", shorten(c.Name))
	case !c.visible || isButtonType(c.Type):
	case c.Type == "password":
		return errors.New("the page asks for a password")
	case autofills(c, func(field string) bool { return strings.HasPrefix(field, "cc-") }), c.Type != "checkbox" && d.meaning(c).has(card):
		return fmt.Errorf("the page asks for payment data: %q", d.nameOf(c))
	}
	return nil
}

// prepare returns the way with all that has to be done before.
func (d *document) prepare(o *option, visitor Visitor) (*Way, error) {
	if o.blocked != "" {
		return nil, fmt.Errorf("the button %q cannot be pressed: %s", o.text, o.blocked)
	}
	way := &Way{Text: o.text, link: o.link}
	if o.form == nil {
		way.key = "link " + withoutQuery(o.link)
		return way, nil
	}
	way.form, way.press = o.form.Form, o.press
	filler := filler{document: d, way: way, form: o.form, profile: visitor.Profile}
	if err := filler.fill(); err != nil {
		return nil, err
	}
	filler.follow(o)
	if err := filler.sends(); err != nil {
		return nil, err
	}
	target := o.form.Action
	if o.target != nil {
		target = o.target
	}
	way.key = fmt.Sprint(o.text, " ", withoutQuery(target), names(o.form))
	return way, nil
}

// names returns the names of a form's controls.
func names(f *form) []string {
	var list []string
	for _, c := range f.controls {
		list = append(list, c.Name)
	}
	return list
}

func withoutQuery(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// Key identifies the way among the pages of one portal: a page that comes again has the same one,
// regardless of its tokens.
func (w *Way) Key() string { return w.key }

// Take ticks, fills in and presses in a session whose current page has the way.
func (w *Way) Take(ctx context.Context, session *portal.Session) (*portal.Page, error) {
	if w.link != nil {
		return session.Open(ctx, w.link.String())
	}
	for _, c := range w.changes {
		c.apply()
	}
	return session.Submit(ctx, w.form, portal.Submission{Press: w.press})
}

// apply changes the element.
func (c change) apply() {
	for i, a := range c.node.Attr {
		if a.Namespace != "" || a.Key != c.name {
			continue
		}
		if c.remove {
			c.node.Attr = append(c.node.Attr[:i:i], c.node.Attr[i+1:]...)
			return
		}
		c.node.Attr[i].Val = c.value
		return
	}
	if !c.remove {
		c.node.Attr = append(c.node.Attr, html.Attribute{Key: c.name, Val: c.value})
	}
}

// maxShown is how many characters of a page's text are in a reason.
const maxShown = 60

// shorten makes one short line of a page's text.
func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if chars := []rune(text); len(chars) > maxShown {
		return string(chars[:maxShown]) + "…"
	}
	return text
}
