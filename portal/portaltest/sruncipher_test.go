package portaltest

import "testing"

// The vectors were published by the authors of login scripts, who compared them with the portal's own script.
func TestReadSrunAccount(t *testing.T) {
	const info = "{SRBX1}9o+5XfoSbJk0bP2kFF8MaxTSP8xffLDUMB8tfdVDuo/NMOhPfcJRZFj+cwFP+70kwrdQJGzWhsyKYvMvduixkkuPhu6UXPsv39PW+sKLbCwDGFOueL8HXaqyjzRssKIjs0JNIKeHkp4="
	want := srunAccount{User: "test", Password: "123456", Address: "10.10.17.47", Gateway: "6", Kind: "srun_bx1"}
	if got, err := readSrunAccount(info, "challenge1234567890"); got != want || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := readSrunAccount(info, "Challenge1234567890"); err == nil {
		t.Errorf("with another challenge: %+v", got)
	}
	for _, broken := range []string{"", "{SRBX1}", "{SRBX1}sLYfdgWl", "{SRBX1}sLYfdgWlbBL=", "{SRBX1}not base64"} {
		if got, err := readSrunAccount(broken, "key"); err == nil {
			t.Errorf("%s: %+v", broken, got)
		}
	}
}
