package api

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"ringflow/endpoints"
)

const (
	maxFound      = 100 // numbers of a search
	maxDuplicates = 100 // values, and endpoints of each
)

func (s *Server) searchPhoneNumbers(r *Request, q *SearchPhoneNumbers) ([]AvailablePhoneNumber, error) {
	ctx, out := r.Context(), []AvailablePhoneNumber{}
	if keptTo(ctx) != nil { // what nobody has been given belongs to none of his customers
		return out, nil
	}
	v, err := s.Store.Settings(ctx, r.found.accountID)
	if err != nil {
		return nil, err
	}
	f := endpoints.EndpointFilter{
		AccountIDs: []string{r.found.accountID}, Types: []endpoints.Kind{endpoints.PhoneNumber, endpoints.FaxNumber}, WithoutFlow: true, WithoutCustomer: true,
		List: endpoints.List{CountPerPage: maxFound, SortField: "phoneNumber", Simplified: true}, PhoneNumberFilter: asNumber(q.Contains, 1),
	}
	country := strings.ToUpper(strings.TrimSpace(q.CountryCode))
	if area := strings.TrimSpace(q.AreaCode); area != "" || country != "" {
		if country == "" {
			country = v.DefaultCountry
		}
		all := endpoints.Countries()
		i := slices.IndexFunc(all, func(c endpoints.CountryInfo) bool { return c.ISO == country })
		if i < 0 {
			return nil, &endpoints.Invalid{Field: "countryCode", Text: fmt.Sprintf("%.16q is no country; write its two letters (ISO 3166), such as US", q.CountryCode)}
		}
		if strings.Trim(area, "0123456789") != "" {
			return nil, &endpoints.Invalid{Field: "areaCode", Text: fmt.Sprintf("%.16q has more than digits", area)}
		}
		f.NumberPrefix = "+" + strconv.Itoa(all[i].CallingCode) + area
	}
	if q.IsFaxNumber != nil {
		f.Types = []endpoints.Kind{endpoints.PhoneNumber}
		if *q.IsFaxNumber {
			f.Types[0] = endpoints.FaxNumber
		}
	}
	found, _, err := s.Store.Endpoints(ctx, f)
	for _, e := range found {
		out = append(out, AvailablePhoneNumber{EndpointId: e.ID, PhoneNumber: e.Number, FriendlyName: e.DisplayName, IsFaxNumber: e.Kind == endpoints.FaxNumber})
	}
	return out, err
}

// syncPhoneNumbers reads the numbers anew. Everything that changes one does so by
// itself: this is for who has changed the database.
func (s *Server) syncPhoneNumbers(r *Request, _ *SyncPhoneNumbers) error {
	return s.Calls.Reload(r.Context())
}

// verifyCallerId chooses the number as a call would that names none.
func (s *Server) verifyCallerId(r *Request, _ *VerifyCallerId) (*VerifyCallerIdResponse, error) {
	ctx, e := r.Context(), r.found.endpoint
	v, err := s.Store.Settings(ctx, e.AccountID)
	if err != nil {
		return nil, err
	}
	rules := endpoints.CallerIDRules{Endpoint: e.Number, Account: v.CallerID, Country: v.DefaultCountry}
	for _, f := range v.EndpointFields {
		if f.IsCallerID && rules.Field == "" {
			rules.Field = e.Data[f.Name].Text()
		}
	}
	line, err := s.Store.CustomerLine(ctx, e.CustomerID)
	if err != nil {
		return nil, err
	}
	for _, f := range v.CustomerFields {
		if len(line) > 0 && f.IsCallerID && rules.Customer == "" {
			rules.Customer = line[0].Data[f.Name].Text()
		}
	}
	if rules.Owned, err = s.Store.OwnedNumbers(ctx, e.AccountID); err != nil {
		return nil, err
	}
	out := &VerifyCallerIdResponse{EndpointId: e.ID}
	var refused *endpoints.Invalid
	switch number, err := endpoints.CallerID(rules); {
	case errors.As(err, &refused):
		out.Message = refused.Text
	case err != nil:
		return nil, err
	default:
		out.CallerId, out.IsVerified = number, true
	}
	return out, nil
}

// asNumber is a text that is searched for: a telephone number, of so many digits at least,
// as it is kept: without what people write between them. An unescaped + comes as a blank.
func asNumber(text string, least int) string {
	text = strings.TrimSpace(text)
	if _, err := netip.ParseAddr(text); err == nil {
		return text
	}
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ()-./\u00a0", r) {
			return -1
		}
		return r
	}, text)
	if digits := strings.TrimPrefix(bare, "+"); len(digits) < least || strings.Trim(digits, "0123456789") != "" {
		return text
	}
	return bare
}
