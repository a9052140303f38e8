package record

import (
	"cmp"
	"slices"
	"strings"

	"hotspot-helper/portal"
)

// Typed is what a person put into the controls of pages, as the browser's own events told it.
type Typed struct {
	Controls []Control
}

// Control is a control of a page with what a person put into it.
type Control struct {
	Name, ID, Label string
	Type            string         // as the DOM has it, in lower case, such as text or select-one: see SetType
	Values          []portal.Value // in order: each that it had while it was typed, the last one at the end
}

// last returns the value that the control had at the end.
func (c *Control) last() string {
	if len(c.Values) == 0 {
		return ""
	}
	return c.Values[len(c.Values)-1].Reveal()
}

// had reports whether the control had a value at some time.
func (c *Control) had(value string) bool {
	return slices.ContainsFunc(c.Values, func(v portal.Value) bool { return v.Reveal() == value })
}

// isNamed reports whether a field has the name of the control.
func (c *Control) isNamed(name string) bool { return name != "" && (c.Name == name || c.ID == name) }

// isKnown reports whether the recording tells what was typed.
func (d *drafter) isKnown() bool { return d.typed != nil }

// typedInto returns the control that a field's value was typed into, nil if it was not typed. Of
// several, one with the name of the field counts. A short value that no such control had must not be
// in an earlier response: "1" is typed somewhere, and a constant elsewhere.
func (d *drafter) typedInto(f field) *Control {
	if !d.isKnown() || f.value == "" {
		return nil
	}
	var other *Control
	for i := range d.typed.Controls {
		c := &d.typed.Controls[i]
		switch {
		case c.isChoice() || !c.had(f.value):
		case c.isNamed(f.name):
			return c
		case other == nil || other.last() != f.value && c.last() == f.value:
			other = c
		}
	}
	if other != nil && len(f.value) < shortestPart && (len(f.value) < 2 || d.wasSeen(f.value)) {
		return nil
	}
	return other
}

// typedTexts returns all that was typed, each text once and without what a control had only on the way
// to a longer value: what was corrected or deleted later is among them.
func (d *drafter) typedTexts() []string {
	if d.typed == nil {
		return nil
	}
	if d.whole == nil {
		d.whole = []string{}
		seen := map[string]bool{"": true}
		for i := range d.typed.Controls {
			c := &d.typed.Controls[i]
			for _, text := range c.wholeTexts() {
				if !seen[text] && d.isWritten(c, text) {
					seen[text], d.whole = true, append(d.whole, text)
				}
			}
		}
	}
	return d.whole
}

// isTypedAtEnd reports whether a control that people type into has a text at the end.
func (d *drafter) isTypedAtEnd() bool {
	return d.isKnown() && slices.ContainsFunc(d.typed.Controls, func(c Control) bool { return !c.isChoice() && c.last() != "" })
}

// wholeTexts returns the values that no value before or behind goes on.
func (c *Control) wholeTexts() []string {
	var texts []string
	last := len(c.Values) - 1
	for i, value := range c.Values {
		text := value.Reveal()
		isOnTheWay := i < last && strings.HasPrefix(c.Values[i+1].Reveal(), text) || i > 0 && i < last && strings.HasPrefix(c.Values[i-1].Reveal(), text)
		if !isOnTheWay {
			texts = append(texts, text)
		}
	}
	return texts
}

// texts returns all values that the control had and that can be told from words by chance.
func (c *Control) texts() []portal.Value {
	whole := c.wholeTexts()
	return slices.DeleteFunc(slices.Clone(c.Values), func(v portal.Value) bool {
		text := v.Reveal()
		return len(text) < shortestPart && (c.isChoice() || len(text) < 2 || !slices.Contains(whole, text))
	})
}

// partTexts returns the values of [shortestPart] bytes or more that controls had only on the way to longer ones, unless
// the portal's page has them as words.
func (d *drafter) partTexts() []string {
	if d.typed == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, text := range d.typedTexts() {
		seen[text] = true
	}
	var texts []string
	for i := range d.typed.Controls {
		c := &d.typed.Controls[i]
		for _, value := range c.Values {
			if text := value.Reveal(); len(text) >= shortestPart && !seen[text] && d.isWritten(c, text) {
				seen[text] = true
				if !d.landingHas(text) {
					texts = append(texts, text)
				}
			}
		}
	}
	return texts
}

// isPartOfTyped reports whether a value is a piece of what was typed, or has a piece of it.
func (d *drafter) isPartOfTyped(value string) bool {
	return slices.ContainsFunc(d.typedTexts(), func(text string) bool {
		return len(value) >= 2 && strings.Contains(text, value) || len(text) >= 2 && strings.Contains(value, text)
	})
}

// isSpelled reports whether a value was typed piece by piece: a letter a control, or into one that a page empties at each key.
func (d *drafter) isSpelled(value string) bool {
	return d.isKnown() && len(value) >= shortestPart && d.mayHave(d.pieces(), value) &&
		!slices.ContainsFunc(d.typedTexts(), func(text string) bool { return strings.Contains(text, value) })
}

// pieces returns what came to the controls that people type into, one piece behind the other.
func (d *drafter) pieces() string {
	if d.spelled == "" {
		var b strings.Builder
		for i := range d.typed.Controls {
			before := ""
			for _, value := range d.typed.Controls[i].Values {
				text := value.Reveal()
				if piece, goesOn := strings.CutPrefix(text, before); goesOn || !strings.HasPrefix(before, text) {
					b.WriteString(piece)
				}
				before = text
			}
		}
		d.spelled = b.String()
	}
	return d.spelled
}

// knownInput returns the input of a value that was typed into a control. The label is that of the
// field's control on the page; it may be empty.
func (d *drafter) knownInput(c *Control, f field, label string) input {
	prompt := promptOf(cmp.Or(label, c.Label))
	return input{
		name: identifier(cmp.Or(f.name, c.Name, c.ID), "typed"), prompt: cmp.Or(prompt, c.Name, f.name, c.ID, "Value"), value: f.value, typed: true,
		secret: c.Type == "password" || mentionsSecrets(c.Name) || mentionsSecrets(f.name),
	}
}

// promptOf returns the text of a label as a prompt.
func promptOf(label string) string {
	return strings.TrimRight(strings.Join(strings.Fields(label), " "), ":* ")
}

func labelOfControl(c *portal.Control) string {
	if c == nil {
		return ""
	}
	return c.Label
}

// isUnseen reports whether a field has a text of a control that people type into, and the recording does
// not tell where it comes from: a script set it, or the browser did not report that it was typed.
func (d *drafter) isUnseen(c *portal.Control, f field) bool {
	return c != nil && isTyped(*c) && c.Value != f.value && (c.Type == "password" || !d.wasSeen(f.value))
}

// knownValue returns the template for a field where it is known what was typed: that, a function of
// it, a capture, or a constant. Nothing else is guessed to be typed.
func (d *drafter) knownValue(s *step, a *action, f field, c *portal.Control) string {
	if typed := d.typedInto(f); typed != nil {
		if typed.last() != f.value {
			d.doubt(s, "the field %s was sent before its text was complete, or with another one than at the end", f.name)
		}
		return d.ask(s, d.knownInput(typed, f, labelOfControl(c)))
	}
	if read := cmp.Or(d.derived(f.value), d.hashed(f.value)); read != "" {
		return read
	}
	if c == nil || c.Type == "hidden" || isTyped(*c) {
		if read := d.captured(s, f.name, f.value); read != "" {
			return read
		}
	}
	switch {
	case d.isUnseen(c, f):
		d.doubt(s, "the field %s has a text that nobody was seen typing", f.name)
		return d.ask(s, input{
			name: identifier(f.name, "typed"), prompt: cmp.Or(promptOf(labelOfControl(c)), f.name), value: f.value, secret: c.Type == "password" || mentionsSecrets(f.name),
			comment: "unsure: perhaps this was typed.",
		})
	case d.isOffered(a, c, f.value), d.isKnownURL(f.value):
		return literal(f.value)
	case isDigest(f.value), d.isPartOfTyped(f.value) && !d.wasSeen(f.value), isToken(f.value) && !isClock(f):
		d.doubt(s, "a script seems to have computed the field %s", f.name)
		return d.ask(s, input{
			name: identifier(f.name, "computed"), prompt: cmp.Or(f.name, "Value"), secret: true, value: f.value,
			comment: "unsure: a script of the page seems to have computed this. Find out how, and write a template instead.",
		})
	case d.isExplained(a, c, f):
		return literal(f.value)
	}
	d.doubt(s, "where the value of the field %s comes from is not known; perhaps it was typed where the browser did not tell it", f.name)
	return d.ask(s, input{
		name: identifier(f.name, "typed"), prompt: cmp.Or(f.name, "Value"), secret: true, value: f.value, comment: "unsure: perhaps this was typed.",
	})
}

// isExplained reports whether the portal had a value before it was sent: in a control, as a URL, as a word of a response or a
// script. A short value or a number is a word of many pages by chance, and a field of people is filled in by them: there the
// portal has to give the value to that name.
func (d *drafter) isExplained(a *action, c *portal.Control, f field) bool {
	switch {
	case d.isSpelled(f.value):
		return false
	case f.value == "", d.isChosen(f), d.isOffered(a, c, f.value), d.isKnownURL(f.value), isClock(f), isFlag(f):
		return true
	case len(f.value) < shortestPart, strings.Trim(f.value, "0123456789") == "", mentionsPeople(f.name), c != nil && isTyped(*c):
		return d.isAssigned(f)
	}
	return d.wasSeen(f.value)
}

// isFlag reports whether a value tells yes or no, in a field that is no secret.
func isFlag(f field) bool {
	return slices.Contains([]string{"true", "false", "yes", "no", "on", "off", "null", "undefined"}, strings.ToLower(f.value)) && !mentionsSecrets(f.name)
}
