package portaltest

import (
	"embed"
	"fmt"
	"net/url"
	"strings"
	"testing/fstest"
)

//go:embed pack/*.toml
var packFiles embed.FS

// PackTerms are the terms that a pack of [Hotspot.Pack] accepts if its portal asks for no input.
const PackTerms = "Terms of the simulated portal"

// Pack returns a pack for this hotspot, as its vendor would ship it: the files of one
// directory of that name, for an SSID. A KindCredentials hotspot asks for the
// inputs user and pin.
func (h *Hotspot) Pack(name, ssid string) (fstest.MapFS, error) {
	u, err := url.Parse(h.PortalURL())
	if err != nil {
		return nil, fmt.Errorf("write pack: %w", err)
	}
	login := h.Login()
	facts := map[string]string{
		"Name": name, "SSID": ssid, "Host": u.Hostname(),
		"Form": login.Form, "User": login.User, "PIN": login.PIN, "Terms": login.Terms, "Logoff": login.Logoff, "Accepts": "",
	}
	if login.User == "" && login.PIN == "" {
		facts["Accepts"] = PackTerms
	}
	files := fstest.MapFS{}
	for _, file := range []string{"pack.toml", "authenticate.toml", "logoff.toml"} {
		text := fill(packFiles, "pack/"+file, facts, quoteTOML)
		files[name+"/"+file] = &fstest.MapFile{Data: []byte(text)}
	}
	return files, nil
}

// quoteTOML writes a string of printable characters as TOML does.
func quoteTOML(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
