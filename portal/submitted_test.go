package portal_test

import (
	"errors"
	"net"
	"net/http"
	"testing"

	"hotspot-helper/portal"
)

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// A submission counts unless no connection was made for it.
func TestHasSubmitted(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		post bool
		want bool
	}{
		"closed":       {errors.New("EOF"), true, true},
		"not reached":  {&net.OpError{Op: "dial", Err: errors.New("refused")}, true, false},
		"not resolved": {&net.DNSError{IsNotFound: true}, true, false},
		"read failed":  {&net.OpError{Op: "read", Err: errors.New("reset")}, true, true},
		"held back":    {&portal.SecretError{Host: "login.cafe.test"}, true, false},
		"a page asked": {errors.New("EOF"), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			session, err := portal.New(portal.Config{Transport: failing{test.err}, Hosts: []string{"login.cafe.test"}})
			if err != nil {
				t.Fatal(err)
			}
			if test.post {
				_, err = session.Post(t.Context(), "https://login.cafe.test/", portal.Body{})
			} else {
				_, err = session.Open(t.Context(), "https://login.cafe.test/")
			}
			if err == nil || session.HasSubmitted() != test.want {
				t.Errorf("submitted: %v, error %v", session.HasSubmitted(), err)
			}
		})
	}
}
