package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"ringflow/api/form"
)

// What is read in a format can be written back in it, and nothing has changed.
func TestSettingsAndSchedulesInEveryFormat(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	h.want(200, manager, "PATCH", "/system/settings", `{"documentation":"a, b & <c>","tags":[{"id":"t","name":"V, I \"P\"","color":3}],"recordingRetentionDays":9,
		"systemFields":[{"id":"s","name":"Greeting","description":"x,y","possibleValues":["a, b","c"],"defaultValue":{"stringValue":"c"},"value":{"stringValue":"a, b"}}],
		"endpointFields":[{"id":"e","name":"Rows","type":"List","listType":{"typeName":"R","fields":[{"id":"i","name":"In","type":"Number"}]},"endpointType":"User","isKnob":true}]}`)
	c := h.newCustomer(`{"name":"A","schedule":` + officeHours + `,"data":{"T":{"stringValue":"x, y"}}}`)
	for name, media := range map[string]string{"json": "application/json", "xml": "application/xml", "jsv": "text/jsv"} {
		for _, path := range []string{"/system/settings", "/customers/" + c.Id} {
			before := h.want(200, manager, "GET", path, "")
			read := h.want(200, manager, "GET", path+"."+name, "")
			h.want(200, manager, "PATCH", path, read.body, header("Content-Type", media))
			after := h.want(200, manager, "GET", path, "")
			if path == "/system/settings" {
				was, is := decode[SystemSettingsInfo](t, before), decode[SystemSettingsInfo](t, after)
				if after.body = strings.Replace(after.body, changedAt(is.DateLastModified), changedAt(was.DateLastModified), 1); after.body != before.body || is.DateLastModified.IsZero() {
					t.Errorf("%s %s:\n%s\nwas\n%s", name, path, after.body, before.body)
				}
			}
			if path != "/system/settings" {
				was, is := decode[CustomerInfo](t, before), decode[CustomerInfo](t, after)
				was.DateLastModified, is.DateLastModified = is.DateCreated, is.DateCreated
				if a, b := toJSON(h, was), toJSON(h, is); a != b {
					t.Errorf("%s %s:\n%s\nwas\n%s", name, path, b, a)
				}
			}
		}
		for _, path := range []string{"/customers/" + c.Id + "/inherited-schedule", "/customers", "/flows/parameters", "/flows/available-nodes"} {
			h.want(200, manager, "GET", path+"."+name, "")
		}
	}
	for _, path := range []string{"/system/settings", "/customers", "/flows/parameters", "/flows/available-nodes"} {
		for _, name := range []string{"csv", "jsonl"} {
			h.want(200, manager, "GET", path+"."+name, "")
		}
	}
}

// changedAt is how JSON tells when something was changed last.
func changedAt(t time.Time) string { return `"dateLastModified":"` + t.Format(form.TimeFormat) }

func toJSON(h *house, v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		h.Fatal(err)
	}
	return string(raw)
}
