package daemon

import (
	"testing"

	"hotspot-helper/internal/confine/confinetest"
)

// TestMain lets the test be the process that confines itself and becomes a live helper.
func TestMain(m *testing.M) { confinetest.Main(m) }
