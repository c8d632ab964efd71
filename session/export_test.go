package session

import "ringflow/endpoints"

// Free is how many of a team's agents could be offered a call now.
func (s *Switchboard) Free(team *endpoints.Endpoint) int {
	ready, _ := s.floor(team.AccountID).count(team.ID, team.Team.MemberIDs)
	return ready
}
