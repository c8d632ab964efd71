package endpoints

import (
	"fmt"
	"slices"
	"strings"
)

// TeamMembers is what a Team endpoint has beside what all have. A team never calls: it is
// dialled, queued for, and has a voicemail box.
type TeamMembers struct {
	MemberIDs []string // users of the same account, in the order in which they are rung
}

const maxMembers = 200 // as many as one Dial rings

// validate tells what of t can't be kept. Whether the members are users of the
// account is the store's to say.
func (t *TeamMembers) validate() error {
	if len(t.MemberIDs) > maxMembers {
		return invalid("memberIds", "are %d; %d are allowed", len(t.MemberIDs), maxMembers)
	}
	for i, id := range t.MemberIDs {
		id = strings.ToLower(strings.TrimSpace(id))
		t.MemberIDs[i] = id
		if !ValidID(id) {
			return NoMember(i, id, "isn't the id of a user")
		}
		if slices.Contains(t.MemberIDs[:i], id) {
			return NoMember(i, id, "is in the team already")
		}
	}
	return nil
}

// NoMember is why the member at i can't be one.
func NoMember(i int, id, why string) error {
	return invalid(fmt.Sprintf("memberIds[%d]", i), "%.64q %s", id, why)
}
