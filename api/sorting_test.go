package api

import (
	"fmt"
	"strings"
	"testing"

	"ringflow/endpoints"
	"ringflow/store"
)

// TestSorting sorts each list by all that it says it can be sorted by, both ways.
func TestSorting(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(t *testing.T) store.Options) {
		h := newHouseOn(t, open(t))
		flow := h.newFlow(admin, `{"accountId":"`+h.account+`","name":"Zoo","nodes":[{"id":"a"},{"id":"b"}]}`)
		small := h.newFlow(admin, `{"accountId":"`+h.account+`","name":"One","description":"the one","nodes":[{"id":"a"}]}`)
		h.newFlow(admin, `{"accountId":"`+h.other+`","name":"Afar","nodes":[{"id":"a"},{"id":"b"},{"id":"c"}]}`)
		number := &endpoints.Endpoint{AccountID: h.account, Kind: endpoints.PhoneNumber, Number: "+12025550101", DisplayName: "first", FlowID: flow}
		h.putEndpoints(number, &endpoints.Endpoint{AccountID: h.account, Kind: endpoints.PhoneNumber, Number: "+12025550102", DisplayName: "second", FlowID: small},
			&endpoints.Endpoint{AccountID: h.account, Kind: endpoints.PhoneNumber, Number: "+12025550103", DisplayName: "third"})
		for _, f := range []endpoints.File{{FileName: "long", ContentLength: 900}, {FileName: "short", ContentLength: 9}, {FileName: "middle", ContentLength: 90}} {
			f.AccountID, f.Type, f.ContentType = h.account, endpoints.Upload, "audio/wav"
			if err := h.server.Store.PutFile(t.Context(), &f); err != nil {
				t.Fatal(err)
			}
		}
		hook := decode[WebhookInfo](t, h.want(200, admin, "POST", "/webhooks", `{"accountId":"`+h.account+`","url":"https://example.com/"}`))
		for _, path := range []string{
			"/accounts", "/api-keys", "/customers", "/endpoints", "/endpoints/" + number.ID + "/text-stops", "/files", "/flows", "/flows/" + flow + "/versions", "/log-entries",
			"/messages", "/notifications", "/sessions", "/users", "/webhooks", "/webhooks/" + hook.Id + "/deliveries",
		} {
			refused := decode[ErrorResponse](t, h.want(400, admin, "GET", path+"?sortField=nonsense", ""))
			_, known, _ := strings.Cut(refused.ResponseStatus.Message, "there are ")
			for field := range strings.SplitSeq(known, ", ") {
				h.want(200, admin, "GET", path+"?sortField="+field, "")
				h.want(200, admin, "GET", path+"?sortOrder=Descend&countPerPage=2&sortField="+field, "")
			}
		}
		for query, want := range map[string]string{
			"/flows?sortField=nodeCount":                                          "[One Zoo Afar]",
			"/flows?sortField=accountName&sortOrder=Descend&accountIds=":          "[Afar",
			"/flows?sortField=description&sortOrder=Descend":                      "[One",
			"/endpoints?types=PhoneNumber&sortField=flowName":                     "[third second first]",
			"/endpoints?types=PhoneNumber&sortField=flowName&sortOrder=Descend":   "[first second third]",
			"/files?sortField=contentLength":                                      "[short middle long]",
			"/files?sortField=ContentLength&sortOrder=Descend&simplifiedPaging=1": "[long middle short]",
		} {
			var names []string
			for _, item := range decode[ListResponse[struct{ Name, DisplayName, FileName string }]](t, h.want(200, admin, "GET", query, "")).Items {
				names = append(names, item.Name+item.FileName)
				if strings.HasPrefix(query, "/endpoints") {
					names[len(names)-1] = item.DisplayName
				}
			}
			if got := fmt.Sprint(names); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
	})
}
