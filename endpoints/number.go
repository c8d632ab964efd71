package endpoints

import (
	"errors"
)

// ErrNotNumber is what is no telephone number: letters, stars, short codes.
var ErrNotNumber = errors.New("not a telephone number")

// ParseNumber reads a number as people and carriers write it, in the country
// (ISO 3166), and returns E.164 with plus sign. Anything else wraps ErrNotNumber.
func ParseNumber(text, country string) (string, error) { return "", ErrNotNumber }
