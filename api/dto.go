package api

import (
	"fmt"
	"time"

	"ringflow/endpoints"
)

// EntityInfo is the base of what is stored.
type EntityInfo struct {
	_                struct{} `ns:"Voice.Api"`
	Id               string
	DateCreated      time.Time
	DateLastModified time.Time
	CreatedBy        string
	LastModifiedBy   string

	revision int64 // of the entity, for the ETag; 0: it has none
}

func entityInfo(e endpoints.Entity) EntityInfo {
	return EntityInfo{Id: e.ID, DateCreated: e.DateCreated, DateLastModified: e.DateLastModified, CreatedBy: e.CreatedBy, LastModifiedBy: e.LastModifiedBy, revision: e.Revision}
}

// ListRequest is the base of every list's request.
type ListRequest struct {
	_                struct{} `ns:"Voice.Api"`
	Page             int
	CountPerPage     int
	All              bool
	SpecificIds      []string
	SortField        string
	SortOrder        SortOrder
	SimplifiedPaging bool
}

// SortOrder of a list.
type SortOrder string

func (SortOrder) Members() []string { return []string{"Ascend", "Descend"} }
func (SortOrder) Aliases() map[string]string {
	return map[string]string{"asc": "Ascend", "desc": "Descend"}
}

// ListResponse is a page of a list.
type ListResponse[T any] struct {
	_            struct{} `ns:"Voice.Api"`
	Items        []T
	TotalCount   int
	TotalPages   int
	HasMorePages bool
}

// CustomerBreadcrumb is one step from the root to a customer.
type CustomerBreadcrumb struct {
	_    struct{} `ns:"Voice.Api.Customers"`
	Id   string
	Name string
}

const (
	// maxPage bounds a page, and maxAll what all=true gives at once.
	maxPage = 1_000
	maxAll  = 10_000
	// maxTotal is how far totals are exact: it stands for itself and all above.
	maxTotal = 10_000
)

// list is what the store is asked.
func (q *ListRequest) list() (endpoints.List, error) {
	if q.Page < 0 {
		return endpoints.List{}, &endpoints.Invalid{Field: "page", Text: "is less than 0; pages count from 0"}
	}
	if q.CountPerPage < 0 || q.CountPerPage > maxPage {
		return endpoints.List{}, &endpoints.Invalid{Field: "countPerPage", Text: fmt.Sprintf("is %d; a page has 1 to %d items", q.CountPerPage, maxPage)}
	}
	return endpoints.List{
		Most: maxAll, Page: q.Page, CountPerPage: q.CountPerPage, All: q.All, SpecificIDs: q.SpecificIds,
		SortField: q.SortField, SortOrder: endpoints.SortOrder(q.SortOrder), Simplified: q.SimplifiedPaging,
	}, nil
}

// page makes the answer of items and how many there are in all (less than 0: nobody counted).
func page[T any](q *ListRequest, items []T, total int) *ListResponse[T] {
	if items == nil {
		items = []T{}
	}
	per := q.CountPerPage
	if per == 0 {
		per = endpoints.DefaultPage
	}
	out := &ListResponse[T]{Items: items}
	switch {
	case q.All:
		out.TotalCount, out.TotalPages = len(items), min(len(items), 1)
	case total < 0:
		out.HasMorePages = len(items) >= per && (len(q.SpecificIds) == 0 || (q.Page+1)*per < len(q.SpecificIds))
	default:
		out.TotalCount = total
		out.TotalPages = (total + per - 1) / per
		// Nobody counted further than maxTotal: a full page there may have one after it.
		out.HasMorePages = q.Page+1 < out.TotalPages || total >= maxTotal && len(items) >= per
	}
	return out
}
