package endpoints

import (
	"fmt"
	"strings"
)

// Tag is a coloured word that clients put on things.
type Tag struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Color int    `json:"color,omitempty"` // 0xRRGGBB, or whatever the client counts
}

const (
	maxTags          = 500
	maxDocumentation = 256 << 10
	maxRetentionDays = 36_500
	maxLogoffSeconds = 7 * 24 * 3600
)

// checkMusic tells whether a text can be the id of a file. Whether there is such a
// file is asked when it is set: one that is deleted later leaves silence.
func checkMusic(id string) error {
	if id != "" && (len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "") {
		return invalid("musicOnHoldFileId", "%.64q is no id of a file", id)
	}
	return nil
}

// validateKept checks the settings that are kept for clients and for the care
// of recordings, and gives tags without an id one.
func (s *Settings) validateKept() error {
	if len(s.Documentation) > maxDocumentation {
		return invalid("documentation", "has %d bytes; %d are allowed", len(s.Documentation), maxDocumentation)
	}
	for _, n := range []struct {
		field string
		value *int
		max   int
	}{{"recordingRetentionDays", s.RecordingRetentionDays, maxRetentionDays}, {"autoAgentLogoffSeconds", s.AutoAgentLogoffSeconds, maxLogoffSeconds}} {
		if n.value != nil && (*n.value < 0 || *n.value > n.max) {
			return invalid(n.field, "is %d; 0 to %d is allowed", *n.value, n.max)
		}
	}
	if len(s.Tags) > maxTags {
		return invalid("tags", "are %d; %d are allowed", len(s.Tags), maxTags)
	}
	ids := map[string]bool{}
	for i := range s.Tags {
		t := &s.Tags[i]
		where := fmt.Sprintf("tags[%d]", i)
		if err := text(where+".name", &t.Name, required); err != nil {
			return err
		}
		if t.ID == "" {
			t.ID = NewID()
		}
		if ids[t.ID] || len(t.ID) > 64 {
			return invalid(where+".id", "%.64q is another tag's, or longer than 64 bytes", t.ID)
		}
		ids[t.ID] = true
	}
	return nil
}
