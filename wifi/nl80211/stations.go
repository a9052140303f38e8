package nl80211

// Stations returns the names of the interfaces that can join networks. Its error is [fs.ErrNotExist] if the
// kernel has no nl80211.
func Stations() ([]string, error) {
	found, err := new(Radio).stations()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, i := range found {
		names = append(names, i.Name)
	}
	return names, nil
}
