package portaltest

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"text/template"
)

//go:embed pages/*.html
var files embed.FS

// pages escape by themselves: an html/template would drop comments, which are among
// the traps. They are parsed when a hotspot is played, not when a program starts.
var pages = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Option("missingkey=error").ParseFS(files, "pages/*.html"))
})

// render fills in the page of a portal.
func render(name string, data any) string {
	var b strings.Builder
	if err := pages().ExecuteTemplate(&b, name+".html", data); err != nil {
		panic(fmt.Errorf("render page %q: %w", name, err)) // a mistake in this package
	}
	return b.String()
}
