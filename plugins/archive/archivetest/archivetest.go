// Package archivetest writes archives of any content for tests.
package archivetest

import (
	"archive/tar"
	"bytes"
	"testing"
)

// Entry is one entry of an archive.
type Entry struct {
	Header tar.Header
	Data   string
}

// File is the entry of a file in canonical form.
func File(name, data string) Entry {
	return Entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o644, Format: tar.FormatUSTAR}, data}
}

// Write writes an archive of entries, in their order.
func Write(t testing.TB, entries ...Entry) []byte {
	t.Helper()
	var data bytes.Buffer
	w := tar.NewWriter(&data)
	for _, e := range entries {
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.Data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}
