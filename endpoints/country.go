package endpoints

// Country reads and writes numbers as in a country (ISO 3166, two letters), for
// the expressions of flows.
type Country string

// E164 is the number as +18005550100; what is no number stays as it is.
func (c Country) E164(s string) string {
	if e, err := ParseNumber(s, string(c)); err == nil {
		return e
	}
	return s
}

// National is the number as it is dialled at home; what is no number stays as it is.
func (c Country) National(s string) string {
	if e, err := ParseNumber(s, string(c)); err == nil {
		return FormatCallerID(National, e)
	}
	return s
}
