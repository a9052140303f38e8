package portaltest

import (
	"encoding/json"
	"math"
	"net/http"
)

// The media type of RFC 8908, which gateways compare with the whole Accept header.
const captiveJSON = "application/captive+json"

// document is the reply with a captive portal API document (RFC 8908, section 5).
func document(body string) reply {
	header := http.Header{"Content-Type": {captiveJSON}, "Cache-Control": {"private"}}
	return reply{status: http.StatusOK, header: header, body: body, decision: DecisionPage, detail: "captive portal API"}
}

// state writes the document of a portal whose login page is at url.
func state(url string, now status) reply {
	doc := map[string]any{"captive": !now.online, "user-portal-url": url}
	if now.online && now.remaining > 0 {
		doc["seconds-remaining"] = math.Floor(now.remaining.Seconds())
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return page(http.StatusInternalServerError, err.Error(), "captive portal API")
	}
	return document(string(body))
}
