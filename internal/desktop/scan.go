package desktop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/systembus"
)

// Why no scan can be asked for.
var (
	// ErrNoManager says that NetworkManager does not run.
	ErrNoManager = errors.New("NetworkManager does not run")
	// ErrNoWireless says that NetworkManager has no wireless device.
	ErrNoWireless = errors.New("NetworkManager has no wireless device")
	// ErrNotAllowed says that NetworkManager's policy does not let this user scan.
	ErrNotAllowed = errors.New("NetworkManager does not allow it")
	// ErrNoNewList says that no scan ended in time.
	ErrNoNewList = errors.New("no scan has ended in time")
)

const (
	// scanTime bounds the wait for the lists. NetworkManager delays a scan that follows another by up to 8 s,
	// and a connected radio goes back to its own channel between the others: one with 5 GHz takes up to 16 s.
	scanTime = 30 * time.Second

	wirelessInterface = deviceInterface + ".Wireless"
	deviceTypeWifi    = 2 // NM_DEVICE_TYPE_WIFI
)

// Scan makes NetworkManager scan with each of its wireless devices, and returns when their lists are new. It
// returns one of the errors above if it cannot.
func Scan(ctx context.Context, bus *systembus.Bus) error {
	ctx, stop := context.WithTimeoutCause(ctx, scanTime, ErrNoNewList)
	ended := make(chan error, 1)
	s := &scanner{bus: client{bus}, present: newMailbox[bool](), scanned: make(chan dbus.ObjectPath, maxDevices)}
	defer s.subscribe()()
	go func() { ended <- bus.Run(ctx) }()
	defer func() { stop(); <-ended }()
	if err := s.scan(ctx); err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	return nil
}

// scanner is one request for scans.
type scanner struct {
	bus     client
	present mailbox[bool]
	scanned chan dbus.ObjectPath // devices whose scan ended
}

// subscribe hears when scans end: LastScan changes.
func (s *scanner) subscribe() (stop func()) {
	return s.bus.Subscribe(systembus.Subscription{
		Service: managerService,
		Rules:   []systembus.Rule{propertiesOf(wirelessInterface)},
		Present: s.present.put,
		Heard: func(signal *dbus.Signal) {
			if len(signal.Body) < 2 {
				return
			}
			changed, _ := signal.Body[1].(map[string]dbus.Variant)
			if _, ok := changed["LastScan"]; !ok {
				return
			}
			select {
			case s.scanned <- signal.Path:
			default:
			}
		},
	})
}

func (s *scanner) scan(ctx context.Context) error {
	var id string // of the bus: there is one
	if err := s.bus.ask(ctx, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.GetId", &id); err != nil {
		return fmt.Errorf("%w: %w", ErrNoManager, err)
	}
	paths, err := s.wireless(ctx)
	if err != nil {
		return err
	}
	select { // the ends of scans are heard by now
	case <-s.present:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	waits := map[dbus.ObjectPath]bool{}
	for _, device := range paths {
		err := s.bus.ask(ctx, managerService, device, wirelessInterface+".RequestScan", nil, map[string]dbus.Variant{})
		switch {
		case err == nil:
			waits[device] = true
		case isDenied(err):
			return fmt.Errorf("%w: %w", ErrNotAllowed, err)
		case !isTooSoon(err):
			return err
		}
	}
	for len(waits) > 0 {
		select {
		case device := <-s.scanned:
			delete(waits, device)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// wireless returns the wireless devices.
func (s *scanner) wireless(ctx context.Context) ([]dbus.ObjectPath, error) {
	var all, found []dbus.ObjectPath
	if err := s.bus.ask(ctx, managerService, managerPath, managerService+".GetDevices", &all); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoManager, err)
	}
	for _, device := range all[:min(len(all), maxDevices)] {
		var kind uint32
		if err := s.bus.get(ctx, managerService, device, deviceInterface, "DeviceType", &kind); err == nil && kind == deviceTypeWifi {
			found = append(found, device)
		}
	}
	if len(found) == 0 {
		return nil, ErrNoWireless
	}
	return found, nil
}

// isTooSoon reports whether NetworkManager does not scan because it scans, or has just scanned.
func isTooSoon(err error) bool {
	answer, ok := errors.AsType[dbus.Error](err)
	return ok && answer.Name == deviceInterface+".NotAllowed"
}
