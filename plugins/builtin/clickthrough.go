package builtin

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"hotspot-helper/claims"
	"hotspot-helper/internal/web"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// ClickThrough is the built-in helper for portals that only need a click: a page with a single
// form that asks for no text. The click accepts the operator's terms in the user's name, so it
// needs the user's consent.
type ClickThrough struct{}

// ClickThroughName is the name of the built-in helper.
const ClickThroughName = "click-through"

// clickTerms names what a click accepts, which only a person who reads the page knows.
const clickTerms = "the terms that the portal's button accepts"

// maxClicks is how many pages are clicked through before the helper gives up.
const maxClicks = 5

// Name is ClickThroughName.
func (ClickThrough) Name() string { return ClickThroughName }

// Terms is what a click accepts.
func (ClickThrough) Terms() []string { return []string{clickTerms} }

// Claim is low for a portal's page with a single form to click, else none.
func (ClickThrough) Claim(_ context.Context, facts *claims.Facts) claims.Claim {
	claim := claims.Claim{Helper: ClickThroughName, Label: "Click-through"}
	e := facts.Portal()
	if e == nil || len(e.Hops) == 0 {
		claim.Reason = claims.ReasonNoPortal
		return claim
	}
	last := e.Hops[len(e.Hops)-1]
	u, err := url.Parse(last.URL)
	if err != nil {
		claim.Reason = "the portal's URL is not valid"
		return claim
	}
	page := &portal.Page{URL: u, Status: last.Status, Header: last.Header, Body: last.Body, Truncated: last.Truncated}
	if _, err := onlyClick(page); err != nil {
		return claim.Decline(err)
	}
	claim.Confidence, claim.Rule = claims.Low, "a single form that asks for no text"
	return claim
}

var (
	errNoClick  = errors.New("the page has no form that asks for no text")
	errManyForm = errors.New("the page has several forms that ask for no text")
)

// onlyClick returns the only form that a click can send.
func onlyClick(page *portal.Page) (*portal.Form, error) {
	var found *portal.Form
	for _, form := range page.Forms() {
		if form.Action == nil || asksForText(form) {
			continue
		}
		if found != nil {
			return nil, errManyForm
		}
		found = form
	}
	switch {
	case found != nil:
		return found, nil
	case page.TooComplex():
		return nil, web.ErrTooComplex
	}
	return nil, errNoClick
}

// asksForText reports whether a person must type or choose something.
func asksForText(form *portal.Form) bool {
	for _, c := range form.Controls() {
		switch c.Type {
		case "hidden", "submit", "button", "reset", "image", "checkbox":
		default:
			if !c.Disabled {
				return true
			}
		}
	}
	return false
}

// Authenticate clicks through the portal's pages, and ticks every required box, until a page
// has nothing to click.
func (c ClickThrough) Authenticate(ctx context.Context, job plugins.Job) (flow.Result, error) {
	if refused, ok := refuseTerms(job, clickTerms); ok {
		return refused, nil
	}
	ctx, stop := context.WithTimeout(ctx, portal.FlowTimeout)
	defer stop()
	session, err := job.Open([]string{"@start"}, nil)
	if err != nil {
		return flow.Result{}, err
	}
	session.SetStep("open")
	page, err := session.Open(ctx, job.Evidence.PortalURL)
	if err != nil {
		return flow.Result{}, err
	}
	session.SetStep("click")
	for clicks := range maxClicks {
		if page, err = followRefresh(ctx, session, page); err != nil {
			return flow.Result{}, err
		}
		form, err := onlyClick(page)
		switch {
		case clicks == 0 && err != nil:
			return flow.Result{Outcome: flow.Unsupported, Step: "click", Reason: err.Error()}, nil
		case err != nil:
			return flow.Result{Outcome: flow.Submitted, Step: "click", Reason: "nothing is left to click"}, nil
		}
		if page, err = session.Submit(ctx, form, portal.Submission{Fields: tick(form)}); err != nil {
			return flow.Result{}, err
		}
	}
	return flow.Result{Outcome: flow.Unsupported, Step: "click", Reason: "the portal has ever more pages to click"}, nil
}

// followRefresh follows the refreshes of a page, at most maxClicks times.
func followRefresh(ctx context.Context, session *portal.Session, page *portal.Page) (*portal.Page, error) {
	for range maxClicks {
		next, _, ok := page.Refresh()
		if !ok {
			return page, nil
		}
		var err error
		if page, err = session.Open(ctx, next.String()); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// tick returns the boxes that a person must tick: the required ones and those about terms.
func tick(form *portal.Form) []portal.Field {
	var fields []portal.Field
	for _, c := range form.Controls() {
		if c.Type == "checkbox" && !c.Checked && !c.Disabled && c.Name != "" && (c.Required || isAboutTerms(c)) {
			fields = append(fields, portal.Field{Name: c.Name, Value: portal.Plain(c.Value)})
		}
	}
	return fields
}

func isAboutTerms(c portal.Control) bool {
	text := strings.ToLower(c.Name + " " + c.Label)
	for _, word := range []string{"accept", "agree", "terms", "tos", "agb", "condition"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// Maintain does nothing: a click needs no keepalive.
func (ClickThrough) Maintain(_ context.Context, job plugins.Job) (flow.Result, error) {
	return flow.Result{Outcome: flow.Submitted, Captures: job.Session}, nil
}

// Logoff is unsupported: the helper does not know the portal.
func (ClickThrough) Logoff(context.Context, plugins.Job) (flow.Result, error) {
	return flow.Result{Outcome: flow.Unsupported, Reason: "a click has no counterpart"}, nil
}
