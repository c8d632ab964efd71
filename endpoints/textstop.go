package endpoints

import (
	"strings"
	"time"
)

// TextStop is that somebody wants no more texts of one of our numbers: he has
// written STOP to it.
type TextStop struct {
	ID         string
	AccountID  string
	EndpointID string // of the number
	Address    string // whose wish it is, E.164
	Word       string // what he wrote
	Date       time.Time
}

// Validate tells what of s can't be kept.
func (s *TextStop) Validate() error {
	s.Word = shortened(oneLine(s.Word), maxText)
	return first(text("accountId", &s.AccountID, required), text("endpointId", &s.EndpointID, required), text("address", &s.Address, required))
}

// TextStopFilter chooses them.
type TextStopFilter struct {
	List
	AccountIDs  []string
	EndpointIDs []string
	Address     string // contains
}

// What an account's texts may have.
const (
	DefaultAccountTextsPerMinute = 600
	DefaultAccountTextsPerDay    = 10_000
	maxTextHelp                  = 480 // three segments
)

// validateTexts checks the settings of texts.
func (s *Settings) validateTexts() error {
	s.TextHelp = strings.TrimSpace(textOnly(s.TextHelp))
	switch {
	case len(s.TextHelp) > maxTextHelp:
		return invalid("textHelp", "has %d bytes; %d are allowed", len(s.TextHelp), maxTextHelp)
	case s.TextsPerMinute < 0 || s.TextsPerMinute > maxTextsPerMinute:
		return invalid("textsPerMinute", "is %d; 1 to %d is allowed, and 0 for %d", s.TextsPerMinute, maxTextsPerMinute, DefaultAccountTextsPerMinute)
	case s.TextsPerDay < 0 || s.TextsPerDay > 10_000_000:
		return invalid("textsPerDay", "is %d; 1 to 10000000 is allowed, and 0 for %d", s.TextsPerDay, DefaultAccountTextsPerDay)
	}
	return nil
}
