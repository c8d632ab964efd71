package api

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"

	"ringflow/api/form"
)

// listThings is a list whose handler takes as long as the test wants.
type listThings struct {
	_ struct{} `ns:"Voice.Api"`
	ListRequest
}

// Lists share few of the database's connections, so that calls always find one.
func TestListsWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{}
		s.prepare()
		var mu sync.Mutex
		running, most := 0, 0
		gate := make(chan struct{})
		slow := op(func(*Server, *Request, *listThings) (*ListResponse[EntityInfo], error) {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			<-gate
			mu.Lock()
			running--
			mu.Unlock()
			return page[EntityInfo](&ListRequest{}, nil, 0), nil
		}, Operation{Anonymous: true, Scope: noAccount(), Routes: []string{"GET /things"}})
		quick := op(func(*Server, *Request, *GetFlow) (*FlowInfo, error) { return &FlowInfo{}, nil }, Operation{Anonymous: true, Scope: noAccount(), Routes: []string{"GET /thing"}})
		reg := newRegistry([]*Operation{slow, quick})
		h := &handler{s: s, reg: reg, codec: form.NewCodec(reg.types()...), auth: s.auth, metrics: s.metrics, lists: make(chan struct{}, listsAtOnce)}
		ask := func(path string) int {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
			return w.Code
		}
		var all sync.WaitGroup
		codes := make(chan int, 20)
		for range cap(codes) {
			all.Go(func() { codes <- ask("/things") })
		}
		synctest.Wait()
		if most != listsAtOnce {
			t.Errorf("%d lists at once", most)
		}
		if code := ask("/thing"); code != http.StatusOK {
			t.Errorf("who asks for one thing waits for the lists: %d", code)
		}
		var late int
		go func() { late = ask("/things") }() // and gives up, as the others go on for so long
		synctest.Wait()
		for range cap(codes) - listsAtOnce { // all but those that run have waited for too long
			if code := <-codes; code != http.StatusServiceUnavailable {
				t.Errorf("who waited got %d", code)
			}
		}
		synctest.Wait()
		if late != http.StatusServiceUnavailable {
			t.Errorf("the late one got %d", late)
		}
		close(gate)
		all.Wait()
		for range listsAtOnce {
			if code := <-codes; code != http.StatusOK {
				t.Errorf("who ran got %d", code)
			}
		}
	})
}
