package portaltest

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hotspot-helper/internal/wait"
)

// bombSize is the unpacked size of a bomb.
const bombSize = 1 << 30

// misbehave sends a reply with the fault of the portal. It returns at the latest when
// the client closes the connection.
func (h *Hotspot) misbehave(w http.ResponseWriter, r *http.Request, a reply) {
	switch h.opts.Fault {
	case FaultMute:
		<-r.Context().Done()
	case FaultSlow:
		drip(w, r, a)
	case FaultEndless:
		endless(w)
	case FaultCutOff:
		cutOff(w, a)
	case FaultNonsense:
		h.nonsense(w)
	case FaultLoop:
		redirect(http.StatusFound, "/"+hex.EncodeToString(h.draw(8)), "").write(w)
	case FaultScheme:
		redirect(http.StatusFound, "file:///etc/passwd", "").write(w)
	case FaultBomb:
		bomb(w)
	case FaultComplex, FaultNested:
		page(http.StatusOK, toilsome(h.opts.Fault), "").write(w)
	default:
		a.write(w)
	}
}

// toilsome returns a page of 64 KB that is great in work.
func toilsome(fault Fault) string {
	var b strings.Builder
	tail := "<p name=accept>"
	if fault == FaultComplex {
		// The parser copies what is not closed into each paragraph.
		b.WriteString("<form><p>")
		for i := range 495 {
			fmt.Fprintf(&b, "<b a=%d>", i)
		}
		b.WriteString("</p>")
		tail = "<p>x"
	} else {
		b.WriteString("<!-- zone redirurl -->" + strings.Repeat("<form><div></form>", 220))
	}
	const size = 64 << 10
	return b.String() + strings.Repeat(tail, (size-b.Len())/len(tail))
}

// draw returns n random bytes. It takes the lock, which the caller does not hold.
func (h *Hotspot) draw(n int) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return randomBytes(h.random, n)
}

// drip sends a byte a second. A redirect gets a body, so that it takes long too.
func drip(w http.ResponseWriter, r *http.Request, a reply) {
	if a.body == "" {
		a.body = strings.Repeat(" ", 60)
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	control := http.NewResponseController(w)
	for i := range len(a.body) {
		if control.Flush() != nil || wait.For(r.Context(), time.Second) != nil {
			return
		}
		_, _ = io.WriteString(w, a.body[i:i+1]) // the next Flush returns the error
	}
}

// endless sends a page until the client closes the connection.
func endless(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html")
	chunk := bytes.Repeat([]byte("<p>please wait</p>\n"), 512)
	for {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// cutOff announces a page and closes the connection in the middle of it.
func cutOff(w http.ResponseWriter, a reply) {
	a.body += strings.Repeat(" ", 64) // some replies have no body to cut
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	_, _ = io.WriteString(w, a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// nonsense sends random bytes instead of HTTP.
func (h *Hotspot) nonsense(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = conn.Write(h.draw(4096))
	_ = conn.Close()
}

// bomb sends a small body that unpacks to a large one: a gzip stream of many equal
// members.
func bomb(w http.ResponseWriter) {
	const size = 1 << 20
	var member bytes.Buffer
	packed := gzip.NewWriter(&member)
	_, _ = packed.Write(bytes.Repeat([]byte(" "), size)) // a Buffer never errs
	_ = packed.Close()
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Content-Encoding", "gzip")
	for range bombSize / size {
		if _, err := w.Write(member.Bytes()); err != nil {
			return
		}
	}
}
