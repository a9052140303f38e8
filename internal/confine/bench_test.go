package confine_test

import (
	"io"
	"testing"

	"hotspot-helper/internal/confine"
)

// BenchmarkStart starts a program that ends at once, with and without the confinement.
func BenchmarkStart(b *testing.B) {
	for name, program := range map[string]confine.Program{
		"true":                {Path: "/usr/bin/true"},
		"true with processes": {Path: "/usr/bin/true", Processes: true},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				program.Memory = memory
				p, err := confine.Start(program)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadAll(p.Stdout); err != nil {
					b.Fatal(err)
				}
				p.Kill()
			}
		})
	}
}
