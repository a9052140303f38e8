package pack

import "fmt"

// CheckName says what is wrong with the name of a pack: it is that of a directory and of
// a table in files, and people type it.
func CheckName(name string) error {
	if !packName.MatchString(name) {
		return fmt.Errorf("want lower-case letters, digits and single dashes, not %q", name)
	}
	return nil
}
