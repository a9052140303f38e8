package portal

import "net/url"

// Form is a form of a page.
type Form struct {
	Action  *url.URL // nil where the page names none that can be asked by http or https
	Method  string   // GET, POST or DIALOG
	Enctype string   // one of the three enctypes of HTML
}

// Control is a form control as a person would see it.
type Control struct {
	Name     string
	Type     string   // of an input or a button; else "select" or "textarea"
	Value    string   // what would be sent
	Label    string   // its label, or its placeholder
	Options  []string // the values that a select offers
	Required bool
	Disabled bool
	Checked  bool // of a checkbox or a radio button
}

// Controls returns the form's controls in tree order, buttons included.
func (f *Form) Controls() []Control { panic("stub") }

// Entry is one name and value that a form sends.
type Entry struct {
	Name  string
	Value Value
	File  bool // an upload without a file
}

// Entries returns what the form sends when button, a CSS selector or "" for the default button, is pressed.
func (f *Form) Entries(string) ([]Entry, error) { panic("stub") }
