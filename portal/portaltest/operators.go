package portaltest

// operators are the kinds whose portal belongs to the operator of many hotspots, or of trains.
func operators() []product {
	return []product{
		{KindBTWiFi, "user name and password", newBTWiFi},
		{KindCDWiFi, "a click, as JSON", newCDWiFi},
		{KindCDWiFiForm, "a click", newCDWiFi},
		{KindEEWiFi, "a click, or user name and password", newBTWiFi},
		{KindFonCosmote, "user name and password", newFon},
		{KindFonKPN, "user name and password", newFon},
		{KindFreeWifi, "user name and password", newFreeWifi},
		{KindFreeWifiForm, "user name and password", newFreeWifi},
		{KindKPN, "a click", newKPN},
		{KindMEOWiFi, "user name and password, as JSON", newMEOWiFi},
		{KindSNCF, "a click, as JSON", newSNCF},
		{KindSWR, "user name and password, in a URL", newSWR},
		{KindTelekom, "user name and password, of a program", newTelekom},
		{KindTelekomAccount, "user name and password, as JSON", newTelekom},
		{KindTelekomFree, "a click, as JSON", newTelekom},
		{KindTelekomPending, "user name and password, of a program", newTelekom},
		{KindTheCloud, "a click", newTheCloud},
		{KindTheCloudAccount, "user name and password", newTheCloud},
		{KindTheCloudLinks, "a click", newTheCloud},
		{KindUnwired, "a click, as JSON", newUnwired},
		{KindVodafone, "a click, as JSON", newVodafone},
		{KindVodafoneAccount, "user name and password, or a click, as JSON", newVodafone},
		{KindWifionice, "a click, as JSON", newWifionice},
		{KindWifioniceForm, "a click", newWifionice},
		{KindWifioniceTitled, "a click, as JSON", newWifionice},
		{KindXfinity, "user name and password, as JSON", newXfinity},
		{KindXfinityHidden, "user name and password, as JSON", newXfinity},
	}
}
