package portaltest

import (
	"embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed pages/*.html
var pages embed.FS

// render fills in the page of a portal. The templates escape by themselves: an
// html/template would drop the comments, which are among the traps.
func render(name string, data any) string {
	var b strings.Builder
	t, err := template.New(name+".html").Option("missingkey=error").ParseFS(pages, "pages/*.html")
	if err == nil {
		err = t.Execute(&b, data)
	}
	if err != nil {
		panic(fmt.Errorf("render page %q: %w", name, err)) // a mistake in this package
	}
	return b.String()
}
