package portaltest

import (
	"embed"
	"fmt"
	"html"
	"regexp"
	"strings"
	"sync"
)

//go:embed pages/*.html pages/*.js
var files embed.FS

// render fills in the page of a portal.
func render(name string, facts map[string]string) string {
	return fill(files, "pages/"+name+".html", facts, html.EscapeString)
}

// marks finds ${Name}, which stands for a fact as HTML has it, and ${=Name}, which stands
// for the fact as it is. ${?Name} and ${!Name} stand for nothing, but have their line left
// out where the fact is empty, or is not.
//
// They take the place of text/template, with which a binary keeps every exported
// method of every type, for methods are found by their names.
var marks = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{([=?!]?)(\w+)\}`) })

// fill replaces the marks of a file. A fact that is not there is a mistake of this package.
func fill(dir embed.FS, file string, facts map[string]string, escape func(string) string) string {
	text, err := dir.ReadFile(file)
	if err != nil {
		panic(fmt.Errorf("fill in: %w", err))
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		wanted := true
		filled := marks().ReplaceAllStringFunc(line, func(found string) string {
			parts := marks().FindStringSubmatch(found)
			fact, ok := facts[parts[2]]
			if !ok {
				panic(fmt.Errorf("fill in %s: there is no %s", file, parts[2]))
			}
			switch parts[1] {
			case "=":
				return fact
			case "":
				return escape(fact)
			}
			wanted = wanted && (fact != "") == (parts[1] == "?")
			return ""
		})
		if wanted {
			b.WriteString(filled)
		}
	}
	return b.String()
}

// flag is a fact that holds or does not, for the marks of lines.
func flag(holds bool) string {
	if holds {
		return "yes"
	}
	return ""
}
