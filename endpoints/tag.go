package endpoints

import (
	"fmt"
	"slices"
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
		if ids[t.ID] || !validTagID(t.ID) {
			return invalid(where+".id", "%.64q is another tag's, longer than 64 bytes, or has a comma, a quote, a blank or a backslash", t.ID)
		}
		ids[t.ID] = true
	}
	return nil
}

// validTagID tells whether id can be a tag's: what is joined by commas in queries
// and quoted in the database has none of either.
func validTagID(id string) bool {
	return id != "" && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(",\"\\", r) })
}

// most tags of one thing.
const maxTagIDs = 50

// checkTagIDs takes doubles out of the tags of a thing. Whether the account has
// them is the store's to say.
func checkTagIDs(ids *[]string) error {
	fresh := make([]string, 0, len(*ids))
	for _, id := range *ids {
		if id = strings.TrimSpace(id); !validTagID(id) {
			return invalid("tagIds", "%.64q can't be the id of a tag", id)
		}
		if !slices.Contains(fresh, id) {
			fresh = append(fresh, id)
		}
	}
	if len(fresh) > maxTagIDs {
		return invalid("tagIds", "are %d; %d are allowed", len(fresh), maxTagIDs)
	}
	if *ids = fresh; len(fresh) == 0 {
		*ids = nil
	}
	return nil
}
