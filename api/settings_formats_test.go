package api

import (
	"encoding/json"
	"encoding/xml"
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

// In XML the values of fields are elements in the namespace that their class has, as
// those of a Struct are, so that .NET's serializer reads them; JSV has them as JSV.
// JSON within their text is taken, too.
func TestValuesOfFieldsInEveryFormat(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	h.want(200, manager, "PATCH", "/system/settings", `{"systemFields":[
		{"id":"s","name":"S","defaultValue":{"stringValue":"a < b"},"value":{"stringValue":"c, d"}},
		{"id":"n","name":"N","type":"Number","defaultValue":{"numberValue":1.5},"value":{"numberValue":7}},
		{"id":"b","name":"B","type":"Boolean","defaultValue":{"boolValue":false}},
		{"id":"e","name":"E","defaultValue":{}},
		{"id":"l","name":"L","type":"List","listType":{"typeName":"R","fields":[{"id":"i","name":"In","type":"String","defaultValue":{"stringValue":"deep"}}]},"defaultValue":{"listValue":[{"In":{"stringValue":"x"}}]}}]}`)
	type value struct {
		Text   string `xml:"http://schemas.datacontract.org/2004/07/Voice.Api.Flows.Data StringValue"`
		Number string `xml:"http://schemas.datacontract.org/2004/07/Voice.Api.Flows.Data NumberValue"`
		Bool   string `xml:"http://schemas.datacontract.org/2004/07/Voice.Api.Flows.Data BoolValue"`
		List   struct {
			Keys []struct {
				Key   string `xml:"Key"`
				Value struct {
					Text string `xml:"http://schemas.datacontract.org/2004/07/Voice.Api.Flows.Data StringValue"`
				} `xml:"Value"`
			} `xml:"http://schemas.microsoft.com/2003/10/Serialization/Arrays ArrayOfKeyValueOfstringValue>KeyValueOfstringValue"`
		} `xml:"http://schemas.datacontract.org/2004/07/Voice.Api.Flows.Data ListValue"`
	}
	var read struct {
		Fields []struct {
			Default value `xml:"http://schemas.datacontract.org/2004/07/Voice.Api.Flows.Data DefaultValue"`
			Value   value `xml:"http://schemas.datacontract.org/2004/07/Voice.Api.Settings Value"`
			Deep    value `xml:"http://schemas.datacontract.org/2004/07/Voice.Api.Flows.Data ListType>Fields>DataField>DefaultValue"`
		} `xml:"http://schemas.datacontract.org/2004/07/Voice.Api.Settings SystemFields>SystemSettingsField"`
	}
	before := h.want(200, manager, "GET", "/system/settings", "")
	asXML := h.want(200, manager, "GET", "/system/settings.xml", "").body
	if err := xml.Unmarshal([]byte(asXML), &read); err != nil {
		t.Fatal(err)
	}
	f := read.Fields
	if len(f) != 5 || f[0].Default.Text != "a < b" || f[0].Value.Text != "c, d" || f[1].Default.Number != "1.5" || f[1].Value.Number != "7" || f[2].Default.Bool != "false" || f[4].Deep.Text != "deep" ||
		len(f[4].Default.List.Keys) != 1 || f[4].Default.List.Keys[0].Key != "In" || f[4].Default.List.Keys[0].Value.Text != "x" {
		t.Errorf("%+v: %s", f, asXML)
	}
	if a := h.want(200, manager, "GET", "/system/settings.jsv", ""); !strings.Contains(a.body, `defaultValue:{stringValue:a < b}`) || !strings.Contains(a.body, `value:{numberValue:7}`) {
		t.Error(a.body)
	}
	unchanged := func(how string) {
		t.Helper()
		was, is := decode[SystemSettingsInfo](t, before), decode[SystemSettingsInfo](t, h.want(200, manager, "GET", "/system/settings", ""))
		if a, b := toJSON(h, was.SystemFields), toJSON(h, is.SystemFields); a != b {
			t.Errorf("%s: %s, was %s", how, b, a)
		}
	}
	for name, media := range map[string]string{"json": "application/json", "xml": "application/xml", "jsv": "text/jsv"} {
		whole := h.want(200, manager, "GET", "/system/settings."+name, "").body
		h.want(200, manager, "PATCH", "/system/settings", whole, header("Content-Type", media))
		unchanged(name)
	}
	h.want(200, manager, "PATCH", "/system/settings", `<X><SystemFields><F><Name>T</Name><DefaultValue>{"stringValue":"text"}</DefaultValue></F></SystemFields></X>`, header("Content-Type", "application/xml"))
	if a := h.want(200, manager, "GET", "/system/settings", ""); !strings.Contains(a.body, `"defaultValue":{"stringValue":"text"}`) {
		t.Error(a.body)
	}
	for _, bad := range []string{`<DefaultValue>x</DefaultValue>`, `<DefaultValue><NumberValue>x</NumberValue></DefaultValue>`, `<DefaultValue>{</DefaultValue>`} {
		if a := h.want(400, manager, "PATCH", "/system/settings", `<X><SystemFields><F><Name>T</Name>`+bad+`</F></SystemFields></X>`, header("Content-Type", "application/xml")); !strings.Contains(a.body, "systemFields[0].defaultValue") {
			t.Error(a.body)
		}
	}
}
