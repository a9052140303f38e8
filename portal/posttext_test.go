package portal_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"hotspot-helper/portal"
)

func TestPostText(t *testing.T) {
	net := network{"http://a.test": func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s: %s", r.Header.Get("Content-Type"), body)
	}}
	session := net.session(t, "a.test")
	page, err := session.Post(t.Context(), "http://a.test/", portal.Body{Text: "a=b&c"})
	if err != nil || page.Body != "text/plain: a=b&c" {
		t.Errorf("%v, %v", page, err)
	}
	for _, body := range []portal.Body{
		{Text: "a", JSON: 1},
		{Text: "a", Form: []portal.Field{{Name: "b"}}},
	} {
		if _, err := session.Post(t.Context(), "http://a.test/", body); err == nil {
			t.Errorf("%+v was sent", body)
		}
	}
	session.Declare(portal.Secret("quiet-please"))
	_, err = session.Post(t.Context(), "http://a.test/", portal.Body{Text: "say quiet-please"})
	if _, refused := errors.AsType[*portal.SecretError](err); !refused {
		t.Errorf("a secret in a text: %v", err)
	}
}
