package secrets

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"hotspot-helper/internal/maker"
	"hotspot-helper/internal/statefile"
)

// fileVersion is the version of the file's format.
const fileVersion = 1

var errNoState = errors.New("there is no state directory: $HOME and $XDG_STATE_HOME are not set")

// content is the content of the file.
type content struct {
	Version int      `json:"version"`
	Chosen  bool     `json:"file_chosen"` // the user wants values in this file if there is no keyring
	Secrets []record `json:"secrets"`
	// Configured maps helpers to whom the values of the configuration belong.
	Configured map[string]maker.Maker `json:"configured,omitempty"`
}

// record is one secret, with its value if the file is its place. The value is in a closure,
// which no formatter prints.
type record struct {
	Entry

	value func() string
}

// written is a record in the file.
type written struct {
	Entry
	Value string `json:"value,omitempty"`
}

// MarshalJSON also writes the value: it is only for the file.
func (r record) MarshalJSON() ([]byte, error) { return json.Marshal(written{r.Entry, r.value()}) }

// UnmarshalJSON reads what MarshalJSON wrote. Its errors contain no value.
func (r *record) UnmarshalJSON(data []byte) error {
	var w written
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&w) != nil {
		return errors.New("a field is unknown or of another type")
	}
	known := w.Place == InFile && check(w.Value) == nil || w.Place == InKeyring && w.Value == ""
	if w.Helper == "" || w.Field == "" || !known || w.Maker != "" && w.Maker.Check() != nil {
		return errors.New("helper, field, place or value is missing or wrong")
	}
	r.Entry = w.Entry
	r.value = func() string { return w.Value }
	return nil
}

func names(id maker.ID, field string) func(record) bool {
	return func(r record) bool { return r.Helper == id.Helper && r.Maker == id.Maker && r.Field == field }
}

func (s Store) read() (content, error) {
	if s.File == "" {
		return content{}, nil
	}
	data, err := statefile.Read(s.File)
	if err != nil {
		return content{}, fmt.Errorf("read secrets: %w", err)
	}
	return s.parse(data)
}

// parse decodes the file. Its errors contain nothing of it.
func (s Store) parse(data []byte) (content, error) {
	kept := content{Version: fileVersion}
	if data == nil {
		return kept, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&kept)
	if _, isSyntax := errors.AsType[*json.SyntaxError](err); isSyntax {
		err = errors.New("it is not JSON")
	}
	if err == nil && kept.Version != fileVersion {
		err = fmt.Errorf("version is %d, want %d", kept.Version, fileVersion)
	}
	if err != nil {
		return content{}, fmt.Errorf("read secrets: parse %s: %w", s.File, err)
	}
	return kept, nil
}

// note records where a secret is stored.
func (s Store) note(id maker.ID, field string, place Place, value string) error {
	return s.change(func(kept *content) {
		kept.Secrets = slices.DeleteFunc(kept.Secrets, names(id, field))
		entry := Entry{Helper: id.Helper, Maker: id.Maker, Field: field, Place: place, Time: time.Now().UTC().Truncate(time.Second)}
		kept.Secrets = append(kept.Secrets, record{entry, func() string { return value }})
		slices.SortFunc(kept.Secrets, func(a, b record) int {
			return cmp.Or(cmp.Compare(a.Helper, b.Helper), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Maker, b.Maker))
		})
		kept.Chosen = kept.Chosen || place == InFile
	})
}

func (s Store) drop(helper, field string) error {
	err := s.change(func(kept *content) {
		kept.Secrets = slices.DeleteFunc(kept.Secrets, func(r record) bool { return r.Helper == helper && r.Field == field })
	})
	if err != nil {
		return fmt.Errorf("remove secret: %w", err)
	}
	return nil
}

func (s Store) change(alter func(*content)) error {
	return statefile.Update(s.File, func(old []byte) ([]byte, error) {
		kept, err := s.parse(old)
		if err != nil {
			return nil, err
		}
		alter(&kept)
		data, err := json.MarshalIndent(kept, "", "  ")
		if err != nil {
			return nil, errors.New("encode secrets: a value is no JSON") // the cause may quote it
		}
		return append(data, '\n'), nil
	})
}
