package live_test

import (
	"testing"

	"hotspot-helper/internal/confine/confinetest"
)

func TestMain(m *testing.M) { confinetest.Main(m) }
