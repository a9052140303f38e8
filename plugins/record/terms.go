package record

import "slices"

// findTerms finds out whether the login accepted terms: by a checkbox, by a button that says
// so, or by a click without inputs.
func (d *drafter) findTerms() {
	agreed := len(d.inputs) == 0 || d.isPinned && d.presses()
	for i, a := range d.session.actions {
		switch s := d.steps[i+1]; s.action {
		case "submit":
			agreed = agreed || acceptsByForm(a)
		case "post":
			agreed = agreed || acceptsByField(a.first())
		}
	}
	if agreed {
		d.terms = termsOf(d.label)
		d.unsure = append(d.unsure, "the flow seems to accept terms: write whose they are, or remove the key terms")
	}
}

// termsOf returns what the terms of a pack are called.
func termsOf(label string) string { return "the terms of use of " + label }

// presses reports whether a step submits something that has no input of the user's. Nobody looks over a
// pinned draft, so that counts as consent, which the user is asked for.
func (d *drafter) presses() bool {
	return slices.ContainsFunc(d.steps, func(s *step) bool {
		return (s.action == "submit" || s.action == "post") && !s.reads(".input.")
	})
}

// acceptsByField reports whether a request has a field of consent.
func acceptsByField(x *exchange) bool {
	return slices.ContainsFunc(x.fields, func(f field) bool { return f.value != "" && mentionsTerms(f.name) }) || acceptsInJSON(x.json)
}

// acceptsInJSON reports whether JSON has a field of consent.
func acceptsInJSON(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			if accepted, _ := below.(bool); accepted && mentionsTerms(key) || acceptsInJSON(below) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, acceptsInJSON)
	}
	return false
}

// mentionsTerms reports whether a text has a word of consent, in common languages of portals.
func mentionsTerms(text string) bool {
	return containsWord(text, "accept", "agree", "terms", "condition", "akzept", "zustimm", "einverstanden", "nutzungsbed", "accetto", "acepto")
}

// acceptsByForm reports whether a pressed button or a checked box has a word of consent.
func acceptsByForm(a *action) bool {
	best := a.fill()
	if best == nil {
		return false
	}
	sent := valuesOf(a.first().fields)
	for _, c := range best.form.controls {
		ticked := c.Type == "checkbox" && !c.Checked && sent[c.Name] != nil
		pressed := (c.Type == "submit" || c.Type == "button") && (c.Name == "" || sent[c.Name] != nil)
		if (ticked || pressed) && mentionsTerms(c.Label+" "+c.Value) {
			return true
		}
	}
	return false
}
