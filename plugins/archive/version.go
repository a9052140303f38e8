package archive

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Version is the version of a pack: major, minor, patch.
type Version [3]uint64

// ParseVersion reads a version such as 1.0.0.
func ParseVersion(text string) (Version, error) {
	var v Version
	parts := strings.Split(text, ".")
	for i, part := range parts {
		number, err := strconv.ParseUint(part, 10, 64)
		if err != nil || len(parts) != len(v) {
			return Version{}, fmt.Errorf("want three numbers like 1.0.0, not %q", text)
		}
		v[i] = number
	}
	return v, nil
}

// Compare returns less than 0 if v is older than other, and more than 0 if it is newer.
func (v Version) Compare(other Version) int { return slices.Compare(v[:], other[:]) }
