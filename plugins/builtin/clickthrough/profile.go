package clickthrough

import "strings"

// Profile is what a visitor tells portals that ask. Nothing in it is secret. A value that is empty is
// not given.
type Profile struct {
	Name      string
	FirstName string
	LastName  string
	Email     string
	Phone     string
	Company   string
	Room      string
	City      string
	Postcode  string
	Country   string
}

// Values returns the values that are given.
func (p Profile) Values() []string {
	var values []string
	for _, value := range []string{p.Name, p.FirstName, p.LastName, p.Email, p.Phone, p.Company, p.Room, p.City, p.Postcode, p.Country} {
		if value != "" {
			values = append(values, value)
		}
	}
	return values
}

// profileKey is a kind of field and its key in the configuration.
type profileKey struct {
	kind kind
	key  string
}

// profileKeys returns the kinds of fields that a profile has, the most specific ones first.
func profileKeys() []profileKey {
	return []profileKey{
		{fieldEmail, "email"},
		{fieldPhone, "phone"},
		{fieldRoom, "room"},
		{fieldCompany, "company"},
		{fieldPostcode, "postcode"},
		{fieldCity, "city"},
		{fieldCountry, "country"},
		{fieldFirstName, "first_name"},
		{fieldLastName, "last_name"},
		{fieldName, "name"},
	}
}

// value returns the value of a key, and whether the profile has it. Names are made of each
// other. Alone means that the form has no other field for a name.
func (p Profile) value(key string, alone bool) string {
	first, last, _ := strings.Cut(p.Name, " ")
	switch key {
	case "email":
		return p.Email
	case "phone":
		return p.Phone
	case "room":
		return p.Room
	case "company":
		return p.Company
	case "postcode":
		return p.Postcode
	case "city":
		return p.City
	case "country":
		return p.Country
	case "first_name":
		return either(alone, p.Name, p.FirstName, first)
	case "last_name":
		return either(alone, p.Name, p.LastName, strings.TrimSpace(last))
	}
	return either(true, p.Name, strings.TrimSpace(p.FirstName+" "+p.LastName))
}

// either returns the first of the values that is not empty; whole counts only if it is wanted.
func either(want bool, whole string, others ...string) string {
	if want && whole != "" {
		return whole
	}
	for _, other := range others {
		if other != "" {
			return other
		}
	}
	return ""
}
