package web

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// frameReader finds out whether a page only shows another one in a frame.
type frameReader struct {
	source  string // of the first frame
	other   bool   // there is a frame with another source
	content bool   // there is something else to see, or a program that may show something
}

func (f *frameReader) element(token html.Token) {
	switch token.DataAtom {
	case atom.Frame, atom.Iframe:
		source := attribute(token, "src")
		if source == "" || strings.HasPrefix(strings.ToLower(source), "about:") || token.DataAtom == atom.Iframe && isHidden(token) {
			return
		}
		f.other = f.other || f.source != "" && f.source != source
		f.source = source
	case atom.A, atom.Button, atom.Img, atom.Select, atom.Textarea, atom.Object, atom.Embed, atom.Video, atom.Canvas, atom.Svg:
		f.content = true
	case atom.Script:
		_, external := findAttribute(token, "src")
		f.content = f.content || external
	}
}

// text reads a text of the page. The content of these elements is not to be seen.
func (f *frameReader) text(inside atom.Atom, text string) {
	switch inside {
	case atom.Title, atom.Style, atom.Script, atom.Noscript, atom.Noframes, atom.Iframe, atom.Template:
	default:
		f.content = f.content || strings.TrimSpace(text) != ""
	}
}

// only returns the source of the only frame, or "".
func (f *frameReader) only() string {
	if f.other || f.content {
		return ""
	}
	return f.source
}

// isHidden reports whether a frame is too small to be seen, or says that it is hidden: it counts visitors.
func isHidden(token html.Token) bool {
	for _, size := range []string{"width", "height"} {
		if value := strings.TrimSuffix(attribute(token, size), "px"); value == "0" || value == "1" {
			return true
		}
	}
	_, hidden := findAttribute(token, "hidden")
	style := strings.ReplaceAll(strings.ToLower(attribute(token, "style")), " ", "")
	return hidden || strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden")
}
