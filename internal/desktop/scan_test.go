package desktop

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/systembus"
)

// Scan asks every wireless device, and no other, and returns when their lists are new.
func TestScan(t *testing.T) {
	denied := dbus.NewError(managerService+".PermissionDenied", []any{"Not authorized"})
	soon := dbus.NewError(deviceInterface+".NotAllowed", []any{"Scanning not allowed immediately following previous scan"})
	broken := dbus.NewError(deviceInterface+".Failed", nil)
	for name, test := range map[string]struct {
		devices map[dbus.ObjectPath]uint32 // types
		refuses *dbus.Error
		silent  bool // no scan ends
		absent  bool // no NetworkManager
		want    error
	}{
		"two radios and a cable":         {devices: map[dbus.ObjectPath]uint32{"/d/1": deviceTypeWifi, "/d/2": deviceTypeWifi, "/d/3": 1}},
		"a scan that was just made":      {devices: map[dbus.ObjectPath]uint32{"/d/1": deviceTypeWifi}, refuses: soon},
		"another user's computer":        {devices: map[dbus.ObjectPath]uint32{"/d/1": deviceTypeWifi}, refuses: denied, want: ErrNotAllowed},
		"a radio that fails":             {devices: map[dbus.ObjectPath]uint32{"/d/1": deviceTypeWifi}, refuses: broken, want: errors.ErrUnsupported},
		"a radio that does not end":      {devices: map[dbus.ObjectPath]uint32{"/d/1": deviceTypeWifi}, silent: true, want: context.DeadlineExceeded},
		"a cable":                        {devices: map[dbus.ObjectPath]uint32{"/d/3": 1}, want: ErrNoWireless},
		"a computer without the manager": {absent: true, want: ErrNoManager},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			asked := map[dbus.ObjectPath]int{}
			if !test.absent {
				conn := s.connect()
				var paths []dbus.ObjectPath
				requests := make(chan dbus.ObjectPath, 10)
				for path, kind := range test.devices {
					paths = append(paths, path)
					s.properties(conn, path, deviceInterface, map[string]any{"DeviceType": kind})
					s.methods(conn, path, wirelessInterface, map[string]any{"RequestScan": func(options map[string]dbus.Variant) *dbus.Error {
						requests <- path
						if test.refuses != nil || test.silent {
							return test.refuses
						}
						_ = conn.Emit(path, propertiesInterface+".PropertiesChanged", wirelessInterface,
							map[string]dbus.Variant{"LastScan": dbus.MakeVariant(int64(12345))}, []string{})
						return nil
					}})
				}
				s.methods(conn, managerPath, managerService, map[string]any{
					"GetDevices": func() ([]dbus.ObjectPath, *dbus.Error) { return paths, nil },
				})
				s.own(conn, managerService)
				defer func() {
					for len(requests) > 0 {
						asked[<-requests]++
					}
					for path, kind := range test.devices {
						if kind != deviceTypeWifi && asked[path] > 0 || test.refuses == nil && kind == deviceTypeWifi && asked[path] != 1 {
							t.Errorf("%s of type %d is asked %d times", path, kind, asked[path])
						}
					}
				}()
			}
			ctx := t.Context()
			if test.silent {
				var stop context.CancelFunc
				ctx, stop = context.WithTimeout(ctx, 300*time.Millisecond)
				defer stop()
			}
			err := Scan(ctx, &systembus.Bus{Address: s.daemon.Address})
			if !errors.Is(err, test.want) && (test.refuses != broken || !isOf(err, broken)) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

// isOf reports whether an error is that of an answer.
func isOf(err error, want *dbus.Error) bool {
	answer, ok := errors.AsType[dbus.Error](err)
	return ok && answer.Name == want.Name
}

func TestScanWithoutABus(t *testing.T) {
	t.Parallel()
	if err := Scan(t.Context(), &systembus.Bus{Address: "unix:path=" + t.TempDir() + "/none"}); !errors.Is(err, ErrNoManager) || !errors.Is(err, systembus.ErrNoBus) {
		t.Errorf("error %v", err)
	}
}
