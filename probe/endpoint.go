package probe

import _ "embed"

//go:embed endpoints.toml
var embedded []byte

// Endpoint is one connectivity check: a URL and the answer that only its operator gives.
type Endpoint struct {
	Name     string            // unique in its catalogue
	Operator string            // who runs it; two answers of one operator count once
	URL      string            // absolute, http or https
	Status   int               // wanted
	Body     string            // wanted, without white space around it; "" with status 204: none at all, else: not known
	Header   map[string]string // wanted fields; an empty value stands for any value
	Default  bool              // asked where nothing else is configured
	Note     string            // what is known of it, for people
}

// Catalogue returns the endpoints that this package ships. An error is a mistake of the build.
func Catalogue() ([]Endpoint, error) { return ParseCatalogue("endpoints.toml", embedded) }
