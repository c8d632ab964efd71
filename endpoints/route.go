package endpoints

// Route is the trunks that may carry a call to e164, best first: longest
// prefix, then priority.
func Route(trunks []*Endpoint, e164 string) []*Endpoint { return nil }

// FormatCallerID writes an E.164 number as a trunk wants it: E164, E164NoPlus, National.
func FormatCallerID(format, e164 string) string { return e164 }
