package portaltest

import (
	"encoding/json"
	"net/http"
)

// fields are a JSON object.
type fields map[string]any

// object is the reply with a JSON object that changes nothing.
func object(content fields, detail string) reply {
	body, err := json.Marshal(content)
	if err != nil {
		return page(http.StatusInternalServerError, err.Error(), detail)
	}
	a := page(http.StatusOK, string(body), detail)
	a.header.Set("Content-Type", "application/json")
	return a
}
