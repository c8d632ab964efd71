package endpoints

// AllowedOutside says whether the account may call an E.164 number; the error says why not.
func AllowedOutside(s *Settings, e164 string) error { return nil }
