package pack

import (
	"fmt"
	"regexp"
)

var packName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// CheckName returns what is wrong with the name of a pack. It names a directory and a table in
// files, and people type it.
func CheckName(name string) error {
	if !packName.MatchString(name) {
		return fmt.Errorf("want lower-case letters, digits and single dashes, not %q", name)
	}
	return nil
}
