package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hotspot-helper/internal/web"
)

// Offer is a form as a link can imitate it: a GET of one of the addresses with some of the
// fields does what a press of a button does.
type Offer struct {
	Addresses []string // of the form and its buttons, without query and fragment
	Names     []string // of the fields, whichever button is pressed
	get       bool     // a button sends it by GET
}

// The bounds of [Page.Offers].
const (
	maxOffers       = 100     // forms of a page
	maxOfferNames   = 200     // of a form
	maxOfferName    = 128     // bytes
	maxOfferActions = 20      // addresses of the buttons of a form
	maxOfferAddress = 4 << 10 // bytes
)

// Offers returns the forms of the page that send anything, at most 100 with 200 names each.
func (p *Page) Offers() []Offer {
	if !strings.Contains(strings.ToLower(p.Body), "<form") {
		return nil // without the work of a parser
	}
	var offers []Offer
	nodes := p.formTree().forms
	for _, node := range nodes[:min(len(nodes), maxOffers)] {
		if offer := newForm(p, node).offer(); len(offer.Addresses) > 0 {
			offers = append(offers, offer)
		}
	}
	return offers
}

func (f *Form) offer() Offer {
	o := Offer{get: f.Method == http.MethodGet}
	o.add(f.Action)
	tried := 0
	for _, c := range f.controls() {
		if name, _ := web.Attribute(c.node, "name"); name != "" && len(name) <= maxOfferName && len(o.Names) < maxOfferNames {
			o.Names = append(o.Names, name)
		}
		if !isSubmit(c.node) {
			continue
		}
		o.get = o.get || f.method(c.node) == http.MethodGet
		if !hasAttribute(c.node, "formaction") || tried == maxOfferActions {
			continue
		}
		tried++
		if action, err := f.action(c.node); err == nil {
			o.add(action)
		}
	}
	return o
}

func (o *Offer) add(action *url.URL) {
	if action == nil {
		return
	}
	if address := withoutQuery(action); len(address) <= maxOfferAddress && !slices.Contains(o.Addresses, address) {
		o.Addresses = append(o.Addresses, address)
	}
}

// Size returns about how many bytes of memory the offer takes.
func (o *Offer) Size() int {
	size := 100
	for _, text := range slices.Concat(o.Addresses, o.Names) {
		size += 16 + len(text)
	}
	return size
}

// IsTaken reports whether a GET of u, an absolute URL of the session, sends what the form
// would: to one of its addresses one of its fields, or nothing if the form has no fields and is sent
// by GET.
func (o *Offer) IsTaken(u *url.URL) bool {
	return slices.Contains(o.Addresses, withoutQuery(u)) && o.hasField(u)
}

func (o *Offer) hasField(u *url.URL) bool {
	if len(o.Names) == 0 {
		return o.get
	}
	sent := map[string]bool{}
	for parameter := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(parameter, "=")
		sent[unescapeQuery(name)] = true
	}
	return slices.ContainsFunc(o.Names, func(name string) bool { return sent[name] })
}

// withoutQuery returns the address of u, in one spelling.
func withoutQuery(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
