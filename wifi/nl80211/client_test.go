package nl80211

import mdlayher "github.com/mdlayher/wifi"

// fakeClient replaces the library's client, and has its defects.
type fakeClient struct{ kernel *kernel }

func (c fakeClient) Interfaces() ([]*mdlayher.Interface, error) {
	k := c.kernel
	k.mu.Lock()
	defer k.mu.Unlock()
	k.requests++
	if k.listError != 0 {
		return nil, k.listError
	}
	var interfaces []*mdlayher.Interface
	for _, r := range k.radios {
		interfaces = append(interfaces, &mdlayher.Interface{Index: int(r.index), Name: r.name, Type: mdlayher.InterfaceType(r.mode)})
	}
	return interfaces, nil
}

func (c fakeClient) AccessPoints(station *mdlayher.Interface) ([]*mdlayher.BSS, error) {
	k := c.kernel
	k.mu.Lock()
	defer k.mu.Unlock()
	k.requests++
	r, err := k.find(station.Index)
	if err != nil {
		return nil, err
	}
	var found []*mdlayher.BSS
	for _, b := range r.scanned {
		found = append(found, b.parsed())
	}
	return found, nil
}

// parsed is an access point as the library reads it. Both defects are those of v0.10.0:
// it stops at elements that it cannot read, which come before channel and signal, and
// reads four bytes of a signal without a unit, which has one.
func (b bss) parsed() *mdlayher.BSS {
	if b.unitless {
		panic("index out of range [3] with length 1")
	}
	if b.torn {
		return &mdlayher.BSS{BSSID: b.bssid[:]}
	}
	return &mdlayher.BSS{BSSID: b.bssid[:], Frequency: int(b.frequency), Signal: b.mbm}
}

func (c fakeClient) Close() error {
	c.kernel.mu.Lock()
	defer c.kernel.mu.Unlock()
	c.kernel.open--
	return nil
}
