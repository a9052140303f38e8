package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// quote writes a string of TOML.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// keyOf writes a key of TOML.
func keyOf(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return quote(name)
}

// comment writes a text behind marks, on lines of its own.
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

// flow writes authenticate.toml.
func (p *plan) flow() string {
	var b strings.Builder
	b.WriteString("# Drafted from a login by hand. Read it, and try it: see README.md.\n")
	fmt.Fprintf(&b, "format = 1\nhosts  = %s\n", list(p.hosts))
	if p.terms != "" {
		b.WriteString(comment("The user is asked once before these are accepted. Say whose they are."))
		fmt.Fprintf(&b, "terms  = %s\n", quote(p.terms))
	}
	for _, in := range p.inputs {
		b.WriteByte('\n')
		if in.comment != "" {
			b.WriteString(comment(in.comment))
		}
		fmt.Fprintf(&b, "[inputs.%s]\nprompt = %s\n", in.name, quote(in.prompt))
		if in.secret {
			b.WriteString("secret = true\n")
		}
	}
	for _, s := range p.steps {
		b.WriteByte('\n')
		s.write(&b)
	}
	return b.String()
}

func (s *step) write(b *strings.Builder) {
	for _, text := range s.comments {
		b.WriteString(comment(text))
	}
	fmt.Fprintf(b, "[[step]]\nid = %s\n%s = %s\n", quote(s.id), s.action, quote(s.target))
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
		fmt.Fprintf(b, "button = %s\n", quote(s.button))
	}
	if len(s.expect) > 0 {
		fmt.Fprintf(b, "expect = [%s]\n", strings.Join(s.expect, ", "))
	}
	for _, c := range s.captures {
		fmt.Fprintf(b, "capture.%s = %s\n", c.name, c.query)
	}
	for _, c := range s.cases {
		fmt.Fprintf(b, "  [[step.case]]\n  when   = [%s]\n  result = %s\n  reason = %s\n", c.when, quote(c.result), quote(c.reason))
	}
}

// about writes pack.toml.
func (p *plan) about() string {
	var b strings.Builder
	fmt.Fprintf(&b, "format      = 1\nname        = %s\nversion     = \"0.1.0\"\nlabel       = %s\ndescription = %s\n",
		quote(p.name), quote(p.label), quote(p.label+": drafted from a login by hand."))
	for _, c := range p.claims {
		b.WriteByte('\n')
		b.WriteString(comment(c.comment))
		fmt.Fprintf(&b, "[[claim]]\nconfidence = %s\n", quote(c.confidence))
		for _, key := range c.keys {
			fmt.Fprintf(&b, "%s = [%s]\n", key.name, quote(key.template))
		}
	}
	return b.String()
}

func list(texts []string) string {
	quoted := make([]string, 0, len(texts))
	for _, text := range texts {
		quoted = append(quoted, quote(text))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func table(fields []sending) string {
	var entries []string
	for _, f := range fields {
		entries = append(entries, keyOf(f.name)+" = "+quote(f.template))
	}
	return "{ " + strings.Join(entries, ", ") + " }"
}

// inline writes a document of JSON as TOML. A null, which TOML has not, becomes an empty
// string.
func inline(value any) string {
	switch value := value.(type) {
	case map[string]any:
		var entries []string
		for _, key := range slices.Sorted(maps.Keys(value)) {
			entries = append(entries, keyOf(key)+" = "+inline(value[key]))
		}
		return "{ " + strings.Join(entries, ", ") + " }"
	case []any:
		var entries []string
		for _, below := range value {
			entries = append(entries, inline(below))
		}
		return "[" + strings.Join(entries, ", ") + "]"
	case string:
		return quote(value)
	case nil:
		return `""`
	}
	return scalar(value)
}
