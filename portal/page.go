package portal

import (
	"net/http"
	"net/url"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
)

// Page is one answer of a portal. A redirect that was not followed is a page, too.
type Page struct {
	URL       *url.URL    // after all redirects
	Status    int         // HTTP status code
	Header    http.Header // of the response
	Body      string      // in UTF-8, at most MaxBody bytes before conversion
	Truncated bool        // the body was cut, by us or by the server
}

// Document returns the parsed body.
func (p *Page) Document() *goquery.Document { panic("stub") }

// Forms returns all forms in tree order.
func (p *Page) Forms() []*Form { panic("stub") }

// Form returns the one form that sel matches.
func (p *Page) Form(cascadia.Matcher) (*Form, error) { panic("stub") }

// Refresh returns where and when the page wants to go by itself.
func (p *Page) Refresh() (*url.URL, time.Duration, bool) { panic("stub") }

// Resolve returns ref as an absolute URL.
func (p *Page) Resolve(string) (*url.URL, error) { panic("stub") }
