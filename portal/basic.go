package portal

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// Basic are the credentials for Basic authentication (RFC 7617), in UTF-8. They are sent once,
// to an origin that asked for them.
type Basic struct{ User, Password Value }

// check returns why the credentials cannot be sent.
func (b *Basic) check() error {
	user, password := b.User.Reveal(), b.Password.Reveal()
	switch {
	case strings.Contains(user, ":"):
		return errors.New("basic authentication: the user name has a colon")
	case len(user)+len(password) > maxCredentials, strings.ContainsFunc(user+password, unicode.IsControl):
		return fmt.Errorf("basic authentication: want user and password of one line and at most %d bytes", maxCredentials)
	}
	return nil
}

// maxCredentials is the maximum size in bytes of user and password.
const maxCredentials = 2 << 10

// authorization returns the value of the header.
func (s *Session) authorization(b *Basic) Value {
	user, password := b.User.Reveal(), b.Password.Reveal()
	encoded := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	if !b.User.IsSecret() && !b.Password.IsSecret() && !s.isTainted(user, password) {
		return Plain("Basic " + encoded)
	}
	s.Declare(Secret(encoded))
	return Secret("Basic " + encoded)
}

// answer returns the request that answers the challenge of a page, nil if there is none.
func (s *Session) answer(m *message, page *Page) (*message, error) {
	if m.extra.Basic == nil || page.Status != http.StatusUnauthorized || !asksBasic(page.Header) {
		return nil, nil
	}
	next := *m
	next.extra.Headers = append(slices.Clone(m.extra.Headers), Field{Name: "Authorization", Value: s.authorization(m.extra.Basic)})
	next.extra.Basic = nil
	next.answers = true
	if err := s.permit(&next); err != nil {
		return nil, err
	}
	return &next, nil
}

// asksBasic reports whether one of the challenges of a response is Basic. Several may stand in
// one header, separated by commas, as their parameters are.
func asksBasic(header http.Header) bool {
	for _, line := range header["Www-Authenticate"] {
		for part := range strings.SplitSeq(withoutQuoted(line), ",") {
			scheme, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			if strings.EqualFold(scheme, "Basic") {
				return true
			}
		}
	}
	return false
}

// withoutQuoted removes the quoted strings of a header, in which a comma separates nothing.
func withoutQuoted(line string) string {
	var plain strings.Builder
	quoted, escaped := false, false
	for _, b := range []byte(line) {
		switch {
		case escaped:
			escaped = false
		case quoted && b == '\\':
			escaped = true
		case b == '"':
			quoted = !quoted
		case !quoted:
			plain.WriteByte(b)
		}
	}
	return plain.String()
}
