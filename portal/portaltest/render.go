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

// marks matches ${Name}, the escaped value of a fact, and ${=Name}, the value itself.
// ${?Name} drops its line if the fact is empty; ${!Name} drops it if the fact is not.
//
// text/template could do this, but looks up methods by name, so that a binary with it keeps
// every exported method of every type.
var marks = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{([=?!]?)(\w+)\}`) })

// fill replaces the marks of a file. It panics on a fact that is missing.
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

// flag is the value of a fact that is true or false, for ${?Name} and ${!Name}.
func flag(holds bool) string {
	if holds {
		return "yes"
	}
	return ""
}
