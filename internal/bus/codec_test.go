package bus

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/claims"
	"hotspot-helper/wifi"
)

// filler gives every field a value of its own, as far as its type has that many.
type filler struct{ n int }

func (f *filler) fill(t *testing.T, v reflect.Value) {
	t.Helper()
	f.n++
	switch target := v.Addr().Interface().(type) {
	case *wifi.Identity:
		*target = wifi.Identity{SSID: wifi.SSID(fmt.Sprintf("ssid %d", f.n)), Security: wifi.SecurityOpen}
		return
	case *wifi.SSID:
		*target = wifi.SSID(fmt.Sprintf("ssid %d \xff\x00\\", f.n))
		return
	case *netip.Addr:
		*target = netip.AddrFrom4([4]byte{192, 0, 2, byte(f.n)})
		return
	case *time.Time:
		*target = time.Date(2024, 2, 29, 12, 0, f.n, 123456000, time.UTC)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d ☕", f.n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8: // enums and bytes
		v.SetUint(uint64(1 + f.n%3))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(-f.n))
	case reflect.Float64:
		v.SetFloat(float64(f.n) + 0.5)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fillAll(t, v)
	case reflect.Array:
		f.fillAll(t, v)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.fill(t, v.Field(i))
			}
		}
	default:
		t.Fatalf("fill %s: how?", v.Type())
	}
}

func (f *filler) fillAll(t *testing.T, v reflect.Value) {
	t.Helper()
	for i := range v.Len() {
		f.fill(t, v.Index(i))
	}
}

func filled[T any](t *testing.T) (value T) {
	t.Helper()
	new(filler).fill(t, reflect.ValueOf(&value).Elem())
	return value
}

// equal compares what stands in the JSON of the agent's types, to the last field.
var equal = cmp.Options{cmpopts.IgnoreUnexported(agent.Association{}, claims.Claim{}), cmpopts.EquateComparable(netip.Addr{})}

// roundTrip tests a type with every field filled and with none. A new field
// that has no D-Bus type, or not the same one both ways, fails here.
func roundTrip[T any](t *testing.T) {
	t.Helper()
	for _, want := range []T{filled[T](t), *new(T)} {
		dict, err := encode(want)
		if err != nil {
			t.Fatal(err)
		}
		var got T
		if err := decode(dict, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equal, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%T (-sent +received):\n%s", want, diff)
		}
		keys, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var object map[string]any
		if err := json.Unmarshal(keys, &object); err != nil {
			t.Fatal(err)
		}
		for key := range object {
			if _, ok := dict[key]; !ok && object[key] != "0001-01-01T00:00:00Z" {
				t.Errorf("%T: %q is in JSON only", want, key)
			}
		}
		for key := range dict {
			if _, ok := object[key]; !ok {
				t.Errorf("%T: %q is on the bus only", want, key)
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	roundTrip[agent.Status](t)
	roundTrip[agent.Association](t)
	roundTrip[agent.Transition](t)
	roundTrip[annotate.Network](t)
	roundTrip[claims.Claim](t)
}

// TestEncode pins the forms: other programs read them.
func TestEncode(t *testing.T) {
	at := time.Unix(1700000000, 123456789)
	got, err := encode(agent.Status{Started: at, Associations: []agent.Association{{
		Interface: "wlan0", SSID: "caf\xe9", Phase: agent.PresentingUI, NextCheck: &at,
		Reason: "it said \xff\x00!", Claims: []claims.Claim{{Helper: "h", Confidence: claims.High, Specificity: 3}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	want := dictionary{
		"started": dbus.MakeVariant(int64(1700000000123456)),
		"associations": dbus.MakeVariant([]dictionary{{
			"interface": dbus.MakeVariant("wlan0"),
			"ssid":      dbus.MakeVariant([]byte("caf\xe9")),
			"phase":     dbus.MakeVariant("presenting-ui"),
			"verdict":   dbus.MakeVariant("unknown"),
			"reason":    dbus.MakeVariant("it said ��!"),
			"next_look": dbus.MakeVariant(int64(1700000000123456)),
			"claims": dbus.MakeVariant([]dictionary{{
				"helper": dbus.MakeVariant("h"), "confidence": dbus.MakeVariant("high"),
				"specificity": dbus.MakeVariant(int64(3)), "priority": dbus.MakeVariant(int64(0)),
			}}),
			"journal": dbus.MakeVariant([]dictionary{}),
		}}),
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(dbus.Variant{}, dbus.Signature{})); diff != "" {
		t.Error(diff)
	}
}

func TestEncodeFormless(t *testing.T) {
	for _, value := range []any{
		struct{ F func() }{},
		struct{ F map[string]int }{map[string]int{"a": 1}},
		struct{ F []*int }{},
		struct{ F struct{ G chan int } }{},
	} {
		if dict, err := encode(value); err == nil {
			t.Errorf("%T became %v", value, dict)
		}
	}
}

func TestDecode(t *testing.T) {
	want := agent.Transition{Interface: "wlan0"} // what is missing stays as it is
	got := want
	if err := decode(dictionary{"later": dbus.MakeVariant("added"), "cause": dbus.MakeVariant("c")}, &got); err != nil {
		t.Error(err)
	}
	want.Cause = "c"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeMistakes(t *testing.T) {
	for _, test := range []struct {
		key   string
		value any
		want  string
	}{
		{"started", "now", "decode agent.Status: started: want int64, not string"},
		{"associations", "none", "decode agent.Status: associations: want []map[string]dbus.Variant, not string"},
		{"associations", []byte{}, "decode agent.Status: associations: want []map[string]dbus.Variant, not []uint8"},
		{"associations", nested("phase", "lost"), `decode agent.Status: associations: 0: phase: parse phase "lost": want one of`},
		{"associations", nested("phase", uint32(1)), "decode agent.Status: associations: 0: phase: want string, not uint32"},
		{"associations", nested("ssid", "name"), "decode agent.Status: associations: 0: ssid: want []uint8, not string"},
		{"associations", nested("ssid", make([]byte, 33)), "decode agent.Status: associations: 0: ssid: an SSID has at most 32 bytes, not 33"},
		{"associations", nested("api", "url"), "decode agent.Status: associations: 0: api: want map[string]dbus.Variant, not string"},
		{"associations", nested("api", dictionary{"trusted": dbus.MakeVariant(1)}), "decode agent.Status: associations: 0: api: trusted: want bool, not int"},
		{"associations", nested("api", dictionary{"seconds_remaining": dbus.MakeVariant(int64(1))}), "decode agent.Status: associations: 0: api: seconds_remaining: want float64, not int64"},
		{"associations", nested("claims", []dictionary{{"priority": dbus.MakeVariant(int32(1))}}), "decode agent.Status: associations: 0: claims: 0: priority: want int64, not int32"},
	} {
		var status agent.Status
		err := decode(dictionary{test.key: dbus.MakeVariant(test.value)}, &status)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
	var narrow struct{ N int8 }
	if err := decode(dictionary{"N": dbus.MakeVariant(int64(128))}, &narrow); err == nil {
		t.Errorf("128 became %d", narrow.N)
	}
	if err := decode(dictionary{"started": {}}, &agent.Status{}); err == nil {
		t.Error("nothing at all is a time")
	}
}

// nested is a list of one association with one key.
func nested(key string, value any) []dictionary {
	return []dictionary{{key: dbus.MakeVariant(value)}}
}

// FuzzDecode wants errors, not panics, for values of any type under any key, and
// any value that is accepted to have one form when sent on.
func FuzzDecode(f *testing.F) {
	f.Add("interface", "ssid", uint8(0), int64(1), []byte("wlan0"))
	f.Add("api", "url", uint8(5), int64(1), []byte("http://192.0.2.1"))
	f.Add("claims", "confidence", uint8(6), int64(1), []byte("high"))
	f.Add("journal", "time", uint8(5), int64(-1<<63), []byte(nil))
	f.Fuzz(func(t *testing.T, key, inner string, kind uint8, n int64, raw []byte) {
		values := []any{raw, string(raw), n, uint64(n), float64(n), n > 0, nil}
		value := values[int(kind)%len(values)]
		for range int(kind) / len(values) % 3 {
			value = []dictionary{{inner: dbus.Variant{}, key: dbus.MakeVariantWithSignature(value, dbus.Signature{})}}
		}
		dict := dictionary{key: dbus.MakeVariantWithSignature(value, dbus.Signature{})}
		var got agent.Association
		if decode(dict, &got) != nil {
			return
		}
		again, err := encode(got)
		if err != nil {
			t.Fatal(err)
		}
		if err := decode(again, &agent.Association{}); err != nil {
			t.Error(err)
		}
	})
}
