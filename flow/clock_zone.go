package flow

import (
	"fmt"
	"strings"
	"time"
)

// Zone is the time zone with an IANA name; empty: the account's, which is the
// System field TimeZoneId, else UTC.
func (x *Execution) Zone(id string) (*time.Location, error) {
	id = strings.TrimSpace(id)
	if id == "" && x.Fields != nil {
		v, _, _ := x.Fields.System("TimeZoneId")
		id = strings.TrimSpace(v.Text())
	}
	if id == "" {
		return time.UTC, nil
	}
	if err := CheckZone(id); err != nil {
		return nil, err
	}
	return time.LoadLocation(id)
}

// CheckZone tells whether id is the IANA name of a time zone; it is a form for
// Param.Formed.
func CheckZone(id string) error {
	id = strings.TrimSpace(id)
	if _, err := time.LoadLocation(id); err != nil || id == "" || id == "Local" {
		return fmt.Errorf("%q is no time zone; write its IANA name, such as America/New_York", short(id))
	}
	return nil
}

// Before gives the outputs of the node at work from when it ran last, in this
// run of its flow; nil if it has not.
func (x *Execution) Before() map[string]Value {
	if x.run == nil {
		return nil
	}
	return x.State.top().Nodes[x.run.step.NodeID].Values
}
