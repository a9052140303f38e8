package portaltest

import (
	"embed"
	"fmt"
	"net/url"
	"strings"
	"testing/fstest"
	"text/template"
)

//go:embed pack
var packTemplates embed.FS

// Pack writes the pack that the vendor of this hotspot would ship: the files of
// one directory of that name, for an SSID. A KindCredentials hotspot asks for the
// inputs user and pin.
func (h *Hotspot) Pack(name, ssid string) (fstest.MapFS, error) {
	templates, err := template.New("").Funcs(template.FuncMap{"quote": quoteTOML}).ParseFS(packTemplates, "pack/*.toml")
	if err != nil {
		return nil, fmt.Errorf("parse pack templates: %w", err)
	}
	u, err := url.Parse(h.PortalURL())
	if err != nil {
		return nil, fmt.Errorf("write pack: %w", err)
	}
	facts := map[string]any{"Name": name, "SSID": ssid, "Host": u.Hostname(), "Login": h.Login()}
	files := fstest.MapFS{}
	for _, t := range templates.Templates() {
		var text strings.Builder
		if err := t.Execute(&text, facts); err != nil {
			return nil, fmt.Errorf("write pack: %w", err)
		}
		files[name+"/"+t.Name()] = &fstest.MapFile{Data: []byte(text.String())}
	}
	return files, nil
}

// quoteTOML writes a string of printable characters as TOML does.
func quoteTOML(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
