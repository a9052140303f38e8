package clickthrough

import (
	"math"
	"strconv"
	"strings"

	"github.com/tdewolff/parse/v2/css"
)

// sight is whether a person sees an element, as far as a style says: a set of what may be.
type sight uint8

const (
	shown   sight = 1 << iota
	hidden        // not displayed, invisible, transparent, or off the screen
	unknown = shown | hidden
)

// declaration sets a property that can hide an element. Other properties have none.
type declaration struct {
	name      string
	sight     sight
	opacity   float64 // 1, unless it sets that
	important bool
}

// The lengths in CSS pixels, and the percentages of something that is at most as large as the
// screen, by which an element is still on the screen, and by which it is certainly not.
const (
	nearLength, farLength   = 400, 999
	nearPercent, farPercent = 60, 150
	leastOpacity            = 0.1
	leastSize               = 2
	leastScale              = 0.5
)

// declarationOf reads a declaration. False is one that cannot hide an element. A value that is not
// understood may be invalid or not: what it does is unknown.
func declarationOf(tokens []cssToken) (declaration, bool) {
	tokens = plain(tokens)
	if len(tokens) < 3 || tokens[0].kind != css.IdentToken || tokens[1].kind != css.ColonToken {
		return declaration{}, false
	}
	d := declaration{name: withoutVendor(tokens[0].text)}
	value := tokens[2:]
	if n := len(value); n > 1 && value[n-2].isDelim("!") && value[n-1].text == "important" {
		d.important, value = true, value[:n-2]
	}
	read := readerOf(d.name)
	if read == nil {
		return d, false
	}
	d.sight, d.opacity = sightBy(d.name, value, read), 1
	if opacity, ok := opacityOf(value); ok && d.name == "opacity" {
		d.opacity = opacity
	}
	return d, true
}

// sightBy returns what a value of a property does.
func sightBy(name string, value []cssToken, read func([]cssToken) sight) sight {
	switch onlyWord(value) {
	case "inherit":
		if name == "opacity" { // it multiplies with that of the element around it
			return unknown
		}
		fallthrough
	case "initial", "unset", "revert", "revert-layer":
		if name != "all" {
			return shown // or what is around it hides it
		}
	}
	return read(value)
}

func withoutVendor(name string) string {
	for _, prefix := range []string{"-webkit-", "-moz-", "-ms-", "-o-"} {
		if rest, found := strings.CutPrefix(name, prefix); found {
			return rest
		}
	}
	return name
}

// readerOf returns what reads the values of a property, nil for one that cannot hide an element.
func readerOf(name string) func([]cssToken) sight {
	switch name {
	case "display":
		return readDisplay
	case "visibility":
		return readVisibility
	case "content-visibility":
		return readContentVisibility
	case "opacity":
		return readOpacity
	case "left", "top", "right", "bottom", "text-indent", "translate":
		return readOffsets
	case "transform":
		return readTransform
	case "scale", "zoom":
		return readScale
	case "width", "height", "max-width", "max-height", "inline-size", "block-size", "max-inline-size", "max-block-size":
		return readSize
	case "clip", "clip-path", "mask", "mask-image", "filter", "rotate", "all", "offset", "offset-path":
		return readNone
	case "z-index":
		return readLayer
	}
	if strings.HasPrefix(name, "margin") || strings.HasPrefix(name, "inset") {
		return readOffsets
	}
	return nil
}

// onlyWord returns the value that is one word, "" for another value.
func onlyWord(value []cssToken) string {
	if len(value) != 1 || value[0].kind != css.IdentToken {
		return ""
	}
	return value[0].text
}

func readDisplay(value []cssToken) sight {
	switch withoutVendor(onlyWord(value)) {
	case "none":
		return hidden
	case "block", "inline", "inline-block", "flex", "inline-flex", "flexbox", "inline-flexbox", "grid", "inline-grid", "table", "table-row", "table-cell", "table-row-group", "table-caption", "list-item", "flow-root", "box", "inline-box":
		return shown
	}
	return unknown
}

func readVisibility(value []cssToken) sight {
	switch onlyWord(value) {
	case "hidden", "collapse":
		return hidden
	case "visible":
		return shown
	}
	return unknown
}

func readContentVisibility(value []cssToken) sight {
	switch onlyWord(value) {
	case "hidden":
		return hidden
	case "visible", "auto":
		return shown
	}
	return unknown
}

// readNone is for a property that hides nothing with the value none; others are not judged.
func readNone(value []cssToken) sight {
	if word := onlyWord(value); word == "none" || word == "auto" {
		return shown
	}
	return unknown
}

func readOpacity(value []cssToken) sight {
	switch opacity, ok := opacityOf(value); {
	case !ok:
		return unknown
	case opacity < leastOpacity:
		return hidden
	}
	return shown
}

// opacityOf returns an opacity of 0 to 1.
func opacityOf(value []cssToken) (opacity float64, ok bool) {
	number, unit, ok := onlyNumber(value)
	if unit == "%" {
		number /= 100
	}
	return min(max(number, 0), 1), ok && (unit == "" || unit == "%")
}

func readLayer(value []cssToken) sight {
	if number, unit, ok := onlyNumber(value); onlyWord(value) == "auto" || ok && unit == "" && number >= 0 {
		return shown
	}
	return unknown
}

func readScale(value []cssToken) sight {
	for _, t := range value {
		if number, unit, ok := numberOf(t); !ok || unit != "" && unit != "%" || unit == "" && number < leastScale || unit == "%" && number < 100*leastScale {
			if onlyWord(value) != "none" && onlyWord(value) != "normal" {
				return unknown
			}
		}
	}
	return shown
}

// readSize knows sizes that are as good as none. Others are not judged.
func readSize(value []cssToken) sight {
	if number, _, ok := onlyNumber(value); ok && number <= leastSize {
		return unknown
	}
	return shown
}

// readOffsets reads lengths that move an element.
func readOffsets(value []cssToken) sight {
	result := shown
	for _, t := range value {
		if t.kind == css.IdentToken && (t.text == "auto" || t.text == "none") {
			continue
		}
		switch s := offset(t); s {
		case hidden:
			return hidden
		default:
			result |= s
		}
	}
	return result
}

// readTransform knows functions that move an element a little, and that do not make it much smaller.
func readTransform(value []cssToken) sight {
	result, function := shown, ""
	for _, t := range value {
		s := shown
		switch {
		case t.kind == css.FunctionToken:
			if function = strings.TrimSuffix(t.text, "("); !strings.HasPrefix(function, "translate") && !strings.HasPrefix(function, "scale") {
				return unknown
			}
		case t.kind == css.CommaToken, t.kind == css.RightParenthesisToken, len(value) == 1 && t.text == "none":
		case strings.HasPrefix(function, "translate"):
			s = offset(t)
		default:
			s = readScale([]cssToken{t})
		}
		if s == hidden {
			return hidden
		}
		result |= s
	}
	return result
}

// offset judges one length or percentage.
func offset(t cssToken) sight {
	number, unit, ok := numberOf(t)
	near, far := float64(nearPercent), float64(farPercent)
	if factor := pixels(unit); factor != 0 {
		number *= factor
		near, far = nearLength, farLength
	}
	switch {
	case !ok || unit == "?":
		return unknown
	case number <= -far:
		return hidden
	case math.Abs(number) > near:
		return unknown
	}
	return shown
}

// pixels returns the size of a unit, as far as it is known; 0: it depends on the screen or the
// element around, or is not known.
func pixels(unit string) float64 {
	switch unit {
	case "", "px":
		return 1
	case "em", "rem", "lh", "rlh", "ic", "pc":
		return 16
	case "ex", "ch", "cap":
		return 8
	case "pt":
		return 4. / 3
	case "in":
		return 96
	case "cm":
		return 38
	case "mm":
		return 4
	case "q":
		return 1
	}
	return 0
}

func onlyNumber(value []cssToken) (number float64, unit string, ok bool) {
	if len(value) != 1 {
		return 0, "", false
	}
	return numberOf(value[0])
}

// numberOf returns a number and its unit, which is "?" for one that is not known.
func numberOf(t cssToken) (number float64, unit string, ok bool) {
	end := len(t.text)
	switch t.kind {
	case css.NumberToken:
	case css.PercentageToken:
		end, unit = end-1, "%"
	case css.DimensionToken:
		end = strings.LastIndexAny(t.text, "0123456789.") + 1
		if unit = t.text[end:]; pixels(unit) == 0 && !isOfScreen(unit) {
			unit = "?"
		}
	default:
		return 0, "", false
	}
	number, err := strconv.ParseFloat(t.text[:end], 64)
	return number, unit, err == nil
}

// isOfScreen reports whether a unit is a hundredth of a side of the screen or of what is around.
func isOfScreen(unit string) bool {
	switch strings.TrimLeft(unit, "sld") {
	case "vw", "vh", "vi", "vb", "vmin", "vmax", "cqw", "cqh", "cqi", "cqb", "cqmin", "cqmax":
		return true
	}
	return false
}
