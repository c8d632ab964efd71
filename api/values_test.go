package api

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// A free value is found, be it the last one; then there is none.
func TestUniqueEndpointValue(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	h.want(200, manager, "PATCH", "/system/settings", `{"endpointFields":[{"name":"Extension","uniqueness":"Unique"}]}`)
	for i := range 9 { // 70 to 78
		h.want(200, manager, "POST", "/endpoints/phone-numbers", fmt.Sprintf(`{"number":"+1800555010%d","data":{"Extension":{"stringValue":"7%d"}}}`, i, i))
	}
	value := func(query string) string {
		t.Helper()
		return decode[GetUniqueEndpointValueResponse](t, h.want(200, basic("user@default.test"), "GET", "/values/endpoint/unique?fieldName=Extension"+query, "")).Value
	}
	for range 5 {
		if got := value("&prefix=7&length=2"); got != "79" {
			t.Errorf("%q", got)
		}
	}
	for query, want := range map[string]string{"": `^\d{6}$`, "&length=3": `^\d{3}$`, "&prefix=EXT-&length=8": `^EXT-\d{4}$`, "&length=32": `^\d{32}$`} {
		if got := value(query); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s: %q", query, got)
		}
	}
	h.want(200, manager, "POST", "/endpoints/phone-numbers", `{"number":"+18005550109","data":{"Extension":{"stringValue":"79"}}}`)
	if a := h.want(409, manager, "GET", "/values/endpoint/unique?fieldName=Extension&prefix=7&length=2", ""); !strings.Contains(a.body, "longer") {
		t.Error(a.body)
	}
	for _, bad := range []string{"fieldName=Elephant", "fieldName=Extension&length=99", "fieldName=Extension&length=-1", "fieldName=Extension&prefix=7777&length=4", ""} {
		h.want(400, manager, "GET", "/values/endpoint/unique?"+bad, "")
	}
	h.want(404, manager, "GET", "/values/endpoint/unique?fieldName=Extension&accountId="+h.other, "")
}
