package remember

import (
	"errors"
	"slices"
	"strings"

	"hotspot-helper/claims"
)

// Bind returns what a remembered login claims: the one network where it was done, if the portal there has
// the host and the form that it had. It does so with high confidence, and anything else not at all. One
// that is set aside claims nothing. See [pack.Place].
func (s Store) Bind(name string, specs []claims.Spec) ([]claims.Spec, error) {
	login, err := s.Login(name)
	if err != nil {
		return nil, err
	}
	bound, err := bind(login, specs)
	if err != nil {
		return nil, err
	}
	return []claims.Spec{bound}, nil
}

func bind(login *Login, specs []claims.Spec) (claims.Spec, error) {
	if len(specs) == 0 || len(specs[0].CSS)+len(specs[0].Body)+len(specs[0].PortalQuery) == 0 {
		return claims.Spec{}, errors.New("its first claim says nothing of the portal's page")
	}
	bound := claims.Spec{
		Confidence: claims.High.String(), Network: &login.Network, PortalHost: []string{login.Portal},
		CSS: specs[0].CSS, Body: specs[0].Body, PortalQuery: specs[0].PortalQuery,
	}
	if !slices.ContainsFunc(bound.CSS, func(selector string) bool { return strings.HasPrefix(selector, "html:has(") }) {
		bound.PortalPath = specs[0].PortalPath // what is known of the form may fit others
	}
	if !login.SetAside.IsZero() {
		bound.Confidence = claims.None.String()
	}
	return bound, nil
}
