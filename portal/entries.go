package portal

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	htmlcharset "golang.org/x/net/html/charset"

	"hotspot-helper/internal/web"
)

// Entry is a name and value that a form sends.
type Entry struct {
	Name  string
	Value Value
	File  bool // an upload, always without a file
}

// Entries returns what the form sends, in order, when button is pressed: a CSS selector as
// in [Submission], "" for the default button. The selector must match one submit button.
//
// It constructs the entry list (WHATWG HTML, section 4.10.21.4), but ignores dirname and
// wrap="hard", sends the values of date, number, range and color inputs verbatim, and
// presses an image button at 0,0.
func (f *Form) Entries(button string) ([]Entry, error) {
	submitter, err := f.submitter(context.Background(), button)
	if err != nil {
		return nil, err
	}
	return f.entries(submitter, f.charset()), nil
}

func (f *Form) entries(submitter *html.Node, charset string) []Entry {
	var entries []Entry
	controls := f.controls()
	radios := checkedRadios(controls)
	for _, c := range controls {
		if c.inList || c.disabled && c.node != submitter {
			continue
		}
		name, _ := web.Attribute(c.node, "name")
		switch kind := controlType(c.node); {
		case isButton(c.node) && c.node != submitter:
		case kind == "checkbox" && !hasAttribute(c.node, "checked"):
		case kind == "radio" && radios[name] != c.node:
		case kind == "image":
			entries = append(entries, imageEntries(name)...)
		case name != "":
			entries = append(entries, namedEntries(name, kind, c.node, charset)...)
		}
	}
	return entries
}

// namedEntries returns the entries of a control with a name.
func namedEntries(name, kind string, n *html.Node, charset string) []Entry {
	switch {
	case kind == "select":
		return selectEntries(name, n)
	case kind == "file":
		return []Entry{{Name: name, File: true}}
	case kind == "hidden" && strings.EqualFold(name, "_charset_"):
		return []Entry{{Name: name, Value: Plain(charset)}}
	}
	return []Entry{{Name: name, Value: Plain(controlValue(n))}}
}

// checkedRadios returns the checked button of each radio group: the last one, if the page checks more.
func checkedRadios(controls []control) map[string]*html.Node {
	checked := map[string]*html.Node{}
	for _, c := range controls {
		if controlType(c.node) == "radio" && hasAttribute(c.node, "checked") {
			name, _ := web.Attribute(c.node, "name")
			checked[name] = c.node
		}
	}
	return checked
}

func imageEntries(name string) []Entry {
	if name != "" {
		name += "."
	}
	return []Entry{{Name: name + "x", Value: Plain("0")}, {Name: name + "y", Value: Plain("0")}}
}

func selectEntries(name string, list *html.Node) []Entry {
	var entries []Entry
	for _, o := range selectedOptions(list) {
		if !o.disabled {
			entries = append(entries, Entry{Name: name, Value: Plain(optionValue(o.node))})
		}
	}
	return entries
}

// option is an option of a select.
type option struct {
	node     *html.Node
	disabled bool // by itself or by its optgroup
}

// selectedOptions returns the selected options: all marked ones of a multiple select, else
// the last marked one, else the first enabled one of a drop-down list.
func selectedOptions(list *html.Node) []option {
	options := listOptions(list, false)
	var selected []option
	for _, o := range options {
		if hasAttribute(o.node, "selected") {
			selected = append(selected, o)
		}
	}
	if hasAttribute(list, "multiple") {
		return selected
	}
	if len(selected) > 0 {
		return selected[len(selected)-1:]
	}
	first := slices.IndexFunc(options, func(o option) bool { return !o.disabled })
	if first < 0 || displaySize(list) > 1 {
		return nil
	}
	return options[first : first+1]
}

// displaySize returns how many rows a select without multiple shows.
func displaySize(list *html.Node) int {
	text, _ := web.Attribute(list, "size")
	size, err := strconv.Atoi(strings.Trim(text, web.Space))
	if err != nil {
		return 1
	}
	return size
}

// listOptions returns the options below n, which is disabled or not.
func listOptions(n *html.Node, inDisabled bool) []option {
	var options []option
	for child := range n.ChildNodes() {
		disabled := inDisabled || hasAttribute(child, "disabled")
		switch child.DataAtom {
		case atom.Option:
			options = append(options, option{node: child, disabled: disabled})
		case atom.Optgroup:
			options = append(options, listOptions(child, disabled)...)
		case atom.Select, atom.Datalist, atom.Template:
		default:
			options = append(options, listOptions(child, inDisabled)...)
		}
	}
	return options
}

func optionValue(n *html.Node) string {
	if value, ok := web.Attribute(n, "value"); ok {
		return value
	}
	return collapsedText(n, MaxBody)
}

// controlValue returns the sanitized value of a control that is not a select.
func controlValue(n *html.Node) string {
	if n.DataAtom == atom.Textarea {
		return rawText(n)
	}
	value, given := web.Attribute(n, "value")
	switch controlType(n) {
	case "checkbox", "radio":
		if !given {
			return "on"
		}
	case "text", "search", "tel", "password":
		return stripNewlines(value)
	case "url", "email":
		return strings.Trim(stripNewlines(value), web.Space)
	}
	return value
}

func stripNewlines(text string) string {
	if !strings.ContainsAny(text, "\r\n") {
		return text // without the cost of a replacer
	}
	return strings.NewReplacer("\r", "", "\n", "").Replace(text)
}

const charsetUTF8 = "utf-8"

// charset returns the charset to send the form in: the first known one that it accepts,
// else the page's; never UTF-16, which servers do not expect.
func (f *Form) charset() string {
	accepted, _ := web.Attribute(f.node, "accept-charset")
	for _, label := range append(strings.Fields(accepted), f.page.charset) {
		if _, name := htmlcharset.Lookup(label); name != "" {
			return outputCharset(name)
		}
	}
	return charsetUTF8
}

// outputCharset gets an output encoding (WHATWG Encoding, section 4.3).
func outputCharset(name string) string {
	if name == "replacement" || strings.HasPrefix(name, "utf-16") {
		return charsetUTF8
	}
	return name
}
