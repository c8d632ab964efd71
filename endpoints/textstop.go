package endpoints

import "time"

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
