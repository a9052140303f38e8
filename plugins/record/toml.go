package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"hotspot-helper/internal/strict"
)

// comment returns a text as lines of comment.
func comment(text string) string {
	const widest = 90
	var b strings.Builder
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > widest && line != "#" {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + strings.ToValidUTF8(strings.Map(printable, word), "?")
	}
	return b.String() + line + "\n"
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return '?'
}

// flowTOML returns authenticate.toml.
func (d *draft) flowTOML() string {
	var b strings.Builder
	b.WriteString("# Drafted from a login by hand. Check and test it: see README.md.\n")
	b.WriteString("format = 1\n")
	if len(d.hosts) > 0 {
		fmt.Fprintf(&b, "hosts  = %s\n", list(d.hosts))
	}
	if len(d.shared) > 0 {
		b.WriteString(comment("Several networks share these: a secret for them needs a consent of its own."))
		fmt.Fprintf(&b, "shared_hosts = %s\n", list(d.shared))
	}
	if d.terms != "" {
		b.WriteString(comment("The user is asked once before these are accepted. Write whose they are."))
		fmt.Fprintf(&b, "terms  = %s\n", strict.Quote(d.terms))
	}
	for _, in := range d.inputs {
		b.WriteByte('\n')
		if in.comment != "" {
			b.WriteString(comment(in.comment))
		}
		fmt.Fprintf(&b, "[inputs.%s]\nprompt = %s\n", in.name, strict.Quote(in.prompt))
		if in.secret {
			b.WriteString("secret = true\n")
		}
	}
	for _, s := range d.steps {
		b.WriteByte('\n')
		s.write(&b)
	}
	return b.String()
}

func (s *step) write(b *strings.Builder) {
	for _, text := range s.comments {
		b.WriteString(comment(text))
	}
	fmt.Fprintf(b, "[[step]]\nid = %s\n%s = %s\n", strict.Quote(s.id), s.action, strict.Quote(s.target))
	switch {
	case s.json != nil:
		fmt.Fprintf(b, "json = %s\n", inline(s.json))
	case len(s.sent) > 0:
		fmt.Fprintf(b, "%s = %s\n", s.body, table(s.sent))
	case s.body == "form":
		b.WriteString("form = {}\n")
	}
	if len(s.drop) > 0 {
		fmt.Fprintf(b, "drop = %s\n", list(s.drop))
	}
	if s.button != "" {
		fmt.Fprintf(b, "button = %s\n", strict.Quote(s.button))
	}
	if len(s.expect) > 0 {
		fmt.Fprintf(b, "expect = [%s]\n", strings.Join(s.expect, ", "))
	}
	for _, c := range s.captures {
		fmt.Fprintf(b, "capture.%s = %s\n", c.name, c.query)
	}
	for _, c := range s.cases {
		fmt.Fprintf(b, "  [[step.case]]\n  when   = [%s]\n  result = %s\n  reason = %s\n", c.when, strict.Quote(c.result), strict.Quote(c.reason))
	}
}

// packTOML returns pack.toml.
func (d *draft) packTOML() string {
	var b strings.Builder
	fmt.Fprintf(&b, "format      = 1\nname        = %s\nversion     = \"0.1.0\"\nlabel       = %s\ndescription = %s\n",
		strict.Quote(d.name), strict.Quote(d.label), strict.Quote(d.label+": drafted from a login by hand."))
	for _, c := range d.claims {
		b.WriteByte('\n')
		b.WriteString(comment(c.comment))
		fmt.Fprintf(&b, "[[claim]]\nconfidence = %s\n", strict.Quote(c.confidence))
		for _, key := range c.keys {
			fmt.Fprintf(&b, "%s = %s\n", key.name, list(key.values))
		}
	}
	return b.String()
}

func list(texts []string) string {
	quoted := make([]string, 0, len(texts))
	for _, text := range texts {
		quoted = append(quoted, strict.Quote(text))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func table(fields []templateField) string {
	var entries []string
	for _, f := range fields {
		entries = append(entries, strict.QuoteKey(literal(f.name))+" = "+strict.Quote(f.template))
	}
	return "{ " + strings.Join(entries, ", ") + " }"
}

// inline returns JSON as inline TOML. A null, which TOML does not have, becomes an empty
// string.
func inline(value any) string {
	switch value := value.(type) {
	case map[string]any:
		var entries []string
		for _, key := range slices.Sorted(maps.Keys(value)) {
			entries = append(entries, strict.QuoteKey(literal(key))+" = "+inline(value[key]))
		}
		return "{ " + strings.Join(entries, ", ") + " }"
	case []any:
		var entries []string
		for _, below := range value {
			entries = append(entries, inline(below))
		}
		return "[" + strings.Join(entries, ", ") + "]"
	case string:
		return strict.Quote(value)
	case nil:
		return `""`
	}
	return scalar(value)
}
