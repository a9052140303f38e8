package record

import (
	"context"
	"errors"

	"hotspot-helper/internal/web"
)

// maxWork bounds all work on one draft, in the units of [web.Search]: about 2.5 s. A login takes a small part of it.
const maxWork = 250_000_000

// What parts of the work cost, in these units.
const (
	costParse   = 4  // of each byte of a page that is parsed
	costQuery   = 16 // of each byte of a query: many parameters are short
	costCookie  = 50 // of a cookie, besides its bytes
	costRegexp  = 4  // of each byte that a regular expression reads
	costControl = 16 // of each control that is compared with what was sent
	costHash    = 40 // of a digest of a short text
	costMasked  = 64 // of each byte in which typed texts are looked for in any spelling
	bytesPerOne = 32 // that a text is looked for in, for one unit
)

// ErrTooMuch says that a recording is too large, or its pages are too complex, to draft from.
var ErrTooMuch = errors.New("too much to draft: the recording is too large, or its pages are too complex; record the login alone")

func newWork(ctx context.Context) *web.Search { return web.NewSearch(ctx, maxWork) }

// failure returns why work ended early; nil: it did not.
func failure(work *web.Search) error {
	err := work.Err()
	if errors.Is(err, web.ErrTooMuchWork) {
		return ErrTooMuch
	}
	return err
}
