package har_test

import (
	"fmt"
	"net/http"
)

// internet is the Internet behind the portal: the check, and a site with images, scripts and
// telemetry, as captures have them.
type internet struct{}

// ServeHTTP answers for every host.
func (internet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/generate_204":
		w.WriteHeader(http.StatusNoContent)
	case "/style.css":
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, "body { background: url(/dot.png) }")
	case "/dot.png", "/favicon.ico":
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte("\x89PNG\r\n\x1a\n")) // errs if the browser hung up
	case "/collect":
		w.Header().Set("Access-Control-Allow-Origin", "*")
		fmt.Fprint(w, `{"ok":true}`)
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!DOCTYPE html><title>News</title><link rel="stylesheet" href="/style.css">
<form action="/search"><input name="q"></form>
<img src="/dot.png"><script>fetch("http://telemetry.test/collect", {method: "POST", body: '{"visitor":"a81f0c6e2b7d4f93"}'})</script>`)
	}
}
