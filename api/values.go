package api

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"math/big"
	"slices"
	"strings"

	"ringflow/endpoints"
)

// GetUniqueEndpointValue asks for digits that no endpoint has in a field yet:
// a new extension, or a PIN. Length is that of the whole value, with its prefix.
type GetUniqueEndpointValue struct {
	_         struct{} `ns:"Voice.Api.Endpoints"`
	AccountId string
	FieldName string
	Prefix    string
	Length    int // 0: 6
}

func (q *GetUniqueEndpointValue) account() string { return q.AccountId }

// GetUniqueEndpointValueResponse is such a value. It is nobody's until it is given to somebody.
type GetUniqueEndpointValueResponse struct {
	_     struct{} `ns:"Voice.Api.Endpoints"`
	Value string
}

const (
	usualLength = 6
	maxLength   = 32
	maxWalk     = 1_000_000 // free values are counted up from a random one, this far
)

func (s *Server) getUniqueEndpointValue(r *Request, q *GetUniqueEndpointValue) (*GetUniqueEndpointValueResponse, error) {
	ctx := r.Context()
	v, err := s.Store.Settings(ctx, r.found.accountID)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(v.EndpointFields, func(f *endpoints.EndpointField) bool { return f.Name == q.FieldName }) {
		return nil, &endpoints.Invalid{Field: "fieldName", Text: fmt.Sprintf("the account has no Endpoint Field %.64q", q.FieldName)}
	}
	length := q.Length
	if length == 0 {
		length = usualLength
	}
	digits := length - len(q.Prefix)
	if length < 1 || length > maxLength || digits < 1 {
		return nil, &endpoints.Invalid{Field: "length", Text: fmt.Sprintf("is %d; it counts the prefix, too, and goes from %d to %d", length, len(q.Prefix)+1, maxLength)}
	}
	used, err := s.Store.EndpointValues(ctx, r.found.accountID, q.FieldName)
	if err != nil {
		return nil, err
	}
	all := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	n, err := rand.Int(rand.Reader, all)
	if err != nil {
		return nil, err
	}
	for i := 0; i < maxWalk && big.NewInt(int64(i)).Cmp(all) < 0; i++ {
		value := q.Prefix + fmt.Sprintf("%0*d", digits, n)
		if !used[strings.ToLower(value)] {
			return &GetUniqueEndpointValueResponse{Value: value}, nil
		}
		if n.Add(n, big.NewInt(1)); n.Cmp(all) == 0 {
			n.SetInt64(0)
		}
	}
	return nil, fmt.Errorf("all values of %s with %d characters from %q on are given; ask for longer ones: %w", q.FieldName, length, q.Prefix, fs.ErrExist)
}
