package record

import (
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// SetType notes the type that a control has now. One that people wrote into at some time stays such a one, and a
// password stays a password, whatever the page makes of it.
func (c *Control) SetType(kind string) {
	if c.Type != "password" && (c.isChoice() || kind == "password") {
		c.Type = kind
	}
}

// isChoice reports whether a person chose there at all times. The values are the portal's as far as it offered them.
func (c *Control) isChoice() bool {
	return slices.Contains([]string{"checkbox", "radio", "select-one", "select-multiple", "range", "color"}, c.Type)
}

// isChosen reports whether a person chose the value in a control of that name, and the portal offered it there.
func (d *drafter) isChosen(f field) bool {
	return d.isKnown() && slices.ContainsFunc(d.typed.Controls, func(c Control) bool {
		return c.isChoice() && c.isNamed(f.name) && c.had(f.value)
	}) && d.offers(f.name, f.value)
}

// isWritten reports whether a text of a control may be a person's: of a choice, one that no response had before it was sent. A
// script can make any text the value of a choice.
func (d *drafter) isWritten(c *Control, text string) bool {
	if !c.isChoice() || text == "" {
		return text != ""
	}
	return text != "on" && !slices.ContainsFunc(d.session.until(d.work, text), func(x *exchange) bool {
		return d.isWordIn(textsOf(x), text)
	})
}

// offers reports whether the HTML of a response had a choice or a button of that name with the value, before the value was sent.
func (d *drafter) offers(name, value string) bool {
	if name == "" || value == "" {
		return false
	}
	return slices.ContainsFunc(d.session.until(d.work, value), func(x *exchange) bool {
		for _, element := range find(d.work, x.page, "option, button, input").EachIter() {
			control, offered := offer(element)
			isNamed := control.AttrOr("name", "") == name || control.AttrOr("id", "") == name
			if d.work.Spend(costControl) && isNamed && offered == value {
				return true
			}
		}
		return false
	})
}

// offer returns the control that an element belongs to, and the value that it offers; empty: people write there, or nobody sees it.
func offer(element *goquery.Selection) (control *goquery.Selection, value string) {
	value = element.AttrOr("value", "")
	switch goquery.NodeName(element) {
	case "option":
		if _, ok := element.Attr("value"); !ok {
			value = strings.Join(strings.Fields(element.Text()), " ")
		}
		list := element.Parent() // or above a group of options
		if goquery.NodeName(list) != "select" {
			list = list.Parent()
		}
		return list, value
	case "button":
		return element, value
	}
	switch strings.ToLower(element.AttrOr("type", "text")) {
	case "checkbox", "radio":
		return element, element.AttrOr("value", "on")
	case "submit", "button", "image":
		return element, value
	}
	return element, ""
}
