package flow

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"golang.org/x/net/html"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// action is what a step does on the current page. It replaces the page of the session.
type action interface {
	run(ctx context.Context, r *run) error
	limit() time.Duration // of run
	String() string       // for people
}

// openAction opens a URL.
type openAction struct {
	url     *template
	headers []field
	basic   *basic
}

func (*openAction) limit() time.Duration { return portal.StepTimeout }

func (a *openAction) run(ctx context.Context, r *run) error {
	address, err := r.address(a.url)
	if err != nil {
		return err
	}
	return r.open(ctx, address, a.headers, a.basic)
}

// open opens a URL with further headers. If that sends what a button of a page would, it needs
// consent like the button, and so do credentials.
func (r *run) open(ctx context.Context, address portal.Value, headers []field, basic *basic) error {
	extra, err := r.extra(headers, basic)
	if err != nil {
		return err
	}
	extra.SecretURL = address.IsSecret()
	if err := r.mayOpen(address.Reveal()); err != nil {
		return err
	}
	if basic != nil {
		r.gave = r.answers
		if err := r.mayPress(); err != nil {
			return err
		}
	}
	_, err = r.session.OpenWith(ctx, address.Reveal(), extra)
	return err
}

// basic are the templates of the credentials that answer a Basic challenge.
type basic struct{ user, password *template }

// extra evaluates what a request has beyond its URL and its body; basic may be nil. What only
// basic reads is not yet given: the portal may never ask for it.
func (r *run) extra(headers []field, basic *basic) (extra portal.Extra, err error) {
	if extra.Headers, err = r.fields(headers); err != nil || basic == nil {
		return extra, err
	}
	gave := r.gave
	defer func() { r.answers, r.gave = r.gave, gave }()
	extra.Basic = &portal.Basic{}
	if extra.Basic.User, err = r.render(basic.user); err != nil {
		return extra, fmt.Errorf("basic user: %w", err)
	}
	if extra.Basic.Password, err = r.render(basic.password); err != nil {
		return extra, fmt.Errorf("basic password: %w", err)
	}
	return extra, nil
}

// visitCheck is the one value of visit.
const visitCheck = "check"

// visitAction asks for the page that the network intercepts again, so that the portal makes
// a new page of its own: some tokens count once.
type visitAction struct{}

func (visitAction) limit() time.Duration { return portal.StepTimeout }

func (visitAction) run(ctx context.Context, r *run) error {
	check, err := known(r.env.Probe, ref{space: spaceProbe, name: "check"})
	if err != nil {
		return err
	}
	_, err = r.session.OpenWith(ctx, check.Reveal(), portal.Extra{Check: true})
	return err
}

// field is a name and the template of its value.
type field struct {
	name     string
	template *template // of the name; nil: a text
	value    *template
}

// submitAction submits a form of the page.
type submitAction struct {
	form   *web.Selector
	fields []field
	drop   []string
	button string

	headers []field
	basic   *basic
}

func (*submitAction) limit() time.Duration { return portal.StepTimeout }

func (a *submitAction) run(ctx context.Context, r *run) error {
	fields, err := r.fields(a.fields)
	if err != nil {
		return err
	}
	form, err := r.session.Page().Form(r.work.Part(ctx, portal.MaxWork), a.form)
	if err != nil {
		return fmt.Errorf("submit %q: %w %s", a.form, err, r.view(ctx).where())
	}
	submission := portal.Submission{Fields: fields, Drop: a.drop, Button: a.button}
	if submission.Extra, err = r.extra(a.headers, a.basic); err != nil {
		return err
	}
	r.gave = r.gave || slices.ContainsFunc(form.Kept(ctx, submission), r.isReturned)
	if err := r.mayPress(); err != nil {
		return err
	}
	_, err = r.session.Submit(ctx, form, submission)
	return err
}

// postAction posts a body that the flow defines.
type postAction struct {
	url  *template
	form []field
	json any // of *template, bool, int64, float64, []any and map[string]any; nil: the form

	headers []field
	basic   *basic
}

func (*postAction) limit() time.Duration { return portal.StepTimeout }

func (a *postAction) run(ctx context.Context, r *run) error {
	address, err := r.address(a.url)
	if err != nil {
		return err
	}
	form, err := r.fields(a.form)
	if err != nil {
		return err
	}
	extra, err := r.extra(a.headers, a.basic)
	if err != nil {
		return err
	}
	extra.SecretURL = address.IsSecret()
	body := portal.Body{Form: form, Extra: extra}
	if a.json != nil {
		if body.JSON, err = r.json(a.json); err != nil {
			return err
		}
	}
	if err := r.mayPress(); err != nil {
		return err
	}
	_, err = r.session.Post(ctx, address.Reveal(), body)
	return err
}

// followMeta stands for the page's refresh, in place of a selector.
const followMeta = "meta"

// followAction opens a link of the page, or follows its refresh.
type followAction struct {
	link *web.Selector
	meta bool

	headers []field
}

func (*followAction) limit() time.Duration { return portal.StepTimeout }

func (a *followAction) run(ctx context.Context, r *run) error {
	if !a.meta {
		target, err := a.target(ctx, r)
		if err != nil {
			return err
		}
		r.gave = r.hasReturned(target)
		return r.open(ctx, portal.Plain(target.String()), a.headers, nil)
	}
	target, after, ok := r.session.Page().Refresh()
	if !ok {
		return fmt.Errorf("follow meta: no refresh %s", r.view(ctx).where())
	}
	if err := r.env.sleep(ctx, min(after, maxRefresh)); err != nil {
		return err
	}
	headers, err := r.fields(a.headers)
	if err != nil {
		return err
	}
	_, err = r.session.OpenWith(ctx, target.String(), portal.Extra{Headers: headers}) // without consent: a browser follows it by itself
	return err
}

// target returns the one URL that all matched elements link to.
func (a *followAction) target(ctx context.Context, r *run) (*url.URL, error) {
	page := r.session.Page()
	found, err := findAll(r.work.Part(ctx, portal.MaxWork), page, a.link)
	if err != nil {
		return nil, fmt.Errorf("follow %q: %w %s", a.link, err, r.view(ctx).where())
	}
	var target *url.URL
	for _, node := range found.Nodes {
		ref, ok := linkOf(node.Attr)
		if !ok {
			continue
		}
		found, err := page.Resolve(ref)
		if err != nil {
			return nil, fmt.Errorf("follow %q: it matches an element without an http URL %s", a.link, r.view(ctx).where())
		}
		found.Fragment, found.RawFragment = "", ""
		if target != nil && target.String() != found.String() {
			return nil, fmt.Errorf("follow %q: it matches links to different places %s", a.link, r.view(ctx).where())
		}
		target = found
	}
	if target == nil {
		return nil, fmt.Errorf("follow %q: no such link %s", a.link, r.view(ctx).where())
	}
	return target, nil
}

// pauseAction waits.
type pauseAction struct{ pause time.Duration }

func (a *pauseAction) limit() time.Duration { return a.pause + time.Second }

func (a *pauseAction) run(ctx context.Context, r *run) error { return r.env.sleep(ctx, a.pause) }

// pollAction opens a URL repeatedly until all queries hold.
type pollAction struct {
	url           *template
	every, atMost time.Duration
	until         []query

	headers []field
}

func (a *pollAction) limit() time.Duration { return a.atMost + time.Second }

func (a *pollAction) run(ctx context.Context, r *run) error {
	ctx, cancel := context.WithTimeout(ctx, a.atMost)
	defer cancel()
	open := openAction{url: a.url, headers: a.headers}
	var last error
	for range int(a.atMost/a.every) + 1 { // the clock of a replay may stand still
		r.work = web.NewSearch(ctx, maxWork) // as if each answer were a step
		err := open.run(ctx, r)
		switch {
		case err == nil:
			v := r.view(ctx)
			missing, unmet, err := firstUnmet(a.until, v)
			if err != nil || !unmet {
				return err
			}
			last = fmt.Errorf("want %s; %s", missing, v.found(missing))
		case isFinal(err):
			return err
		case last == nil || ctx.Err() == nil: // a timeout explains less than the last error
			last = err
		}
		if r.env.sleep(ctx, a.every) != nil {
			break
		}
	}
	return fmt.Errorf("wait %v: %w", a.atMost, last)
}

// linkOf returns the reference of an element: href, or src of a frame.
func linkOf(attrs []html.Attribute) (string, bool) {
	for _, key := range []string{"href", "src"} {
		for _, attr := range attrs {
			if attr.Namespace == "" && attr.Key == key {
				return attr.Val, true
			}
		}
	}
	return "", false
}
