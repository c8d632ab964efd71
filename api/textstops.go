package api

import (
	"net/http"
	"strings"
	"time"

	"ringflow/endpoints"
)

func (s *Server) listTextStops(r *Request, q *ListTextStops) (*ListResponse[TextStopInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	all, total, err := s.Store.TextStops(r.Context(), endpoints.TextStopFilter{List: list, AccountIDs: []string{r.found.accountID}, EndpointIDs: []string{r.found.endpoint.ID}, Address: strings.TrimSpace(q.AddressFilter)})
	if err != nil {
		return nil, err
	}
	items := make([]TextStopInfo, len(all))
	for i, v := range all {
		items[i] = textStopInfo(&v)
	}
	return page(&q.ListRequest, items, total), nil
}

func textStopInfo(v *endpoints.TextStop) TextStopInfo {
	return TextStopInfo{Id: v.ID, AccountId: v.AccountID, EndpointId: v.EndpointID, Address: v.Address, Word: v.Word, Date: v.Date}
}

func (s *Server) newTextStop(r *Request, q *NewTextStop) (*TextStopInfo, error) {
	address, err := s.e164(r, q.Address)
	if err != nil {
		return nil, err
	}
	e := r.found.endpoint
	if e.Number == "" {
		return nil, &endpoints.Invalid{Field: "endpointId", Text: "is no phone number: only these send texts"}
	}
	if _, err := s.Store.StopTexts(r.Context(), endpoints.TextStop{AccountID: e.AccountID, EndpointID: e.ID, Address: address, Word: "by " + r.Who.login.EmailAddress, Date: time.Now().UTC()}); err != nil {
		return nil, err
	}
	all, _, err := s.Store.TextStops(r.Context(), endpoints.TextStopFilter{AccountIDs: []string{e.AccountID}, EndpointIDs: []string{e.ID}, Address: address})
	if err != nil {
		return nil, err
	}
	for _, v := range all {
		if v.Address == address {
			info := textStopInfo(&v)
			return &info, nil
		}
	}
	return nil, fail(http.StatusConflict, "Conflict", "somebody else has just allowed texts to %s again", address)
}

// deleteTextStop lets a number text somebody again who asked for it, as START by himself does.
func (s *Server) deleteTextStop(r *Request, q *DeleteTextStop) error {
	address, err := s.e164(r, q.Address)
	if err != nil {
		return err
	}
	_, err = s.Store.StartTexts(r.Context(), r.found.endpoint.ID, address) // none is what was wanted
	return err
}

// e164 is a number as it is kept.
func (s *Server) e164(r *Request, text string) (string, error) {
	settings, err := s.Store.Settings(r.Context(), r.found.accountID)
	if err != nil {
		return "", err
	}
	e164, err := endpoints.ParseNumber(strings.TrimSpace(text), settings.DefaultCountry)
	if err != nil {
		return "", &endpoints.Invalid{Field: "address", Text: "is no telephone number; write it with its country code, such as +18005550100"}
	}
	return e164, nil
}
