package api

import (
	"strings"
	"testing"
)

// All that a client says of fields comes back, with the ids that it gave.
func TestFieldDefinitions(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	full := `{"id":"f-1","name":"Tier","type":"string","description":"of the customer","uiHint":"LargeText","uiTab":"Billing","isAsync":true,"disableBinding":true,"isOutput":true,
		"structType":{"typeName":"T","fields":[{"id":"in-1","name":"Inner","type":"Number"}]},"listType":{"typeName":"L","fields":[{"name":"Row","type":"String"}]},
		"possibleValues":["Gold","Tin"],"customFieldValuesUrl":"/values","defaultValue":{"stringValue":"Tin"},"transitionNameFormat":"{X}","uniqueness":"Unique","voiceOnly":true,
		"conditionalVisibilityField":"Kind","conditionalVisibilityValue":"b","noEvalTemplate":true,"userMode":"SoftPhone","anyValueType":true,"showInSearch":true,"showInLists":true,"isKnob":true,
		"endpointType":"user","isCallerId":true,"value":{"stringValue":"Gold"}}`
	for i, way := range []string{"PATCH /system/settings", "PATCHY /system/settings", "PATCH /json/reply/PatchSystemSettings"} {
		verb, path, _ := strings.Cut(way, " ")
		h.want(200, manager, verb, path, `{"systemFields":[],"customerFields":[],"endpointFields":[]}`)
		h.want(200, manager, verb, path, `{"systemFields":[`+full+`,{"name":"Second","type":3,"value":{"numberValue":7}}],"customerFields":[`+full+`],"endpointFields":[`+full+`]}`)
		a := h.want(200, manager, "GET", "/system/settings", "")
		v := decode[SystemSettingsInfo](t, a)
		if len(v.SystemFields) != 2 || len(v.CustomerFields) != 1 || len(v.EndpointFields) != 1 || v.SystemFields[1].Id == "" || v.SystemFields[1].Type != "Number" || v.SystemFields[1].Value.Text() != "7" {
			t.Fatalf("%d %s", i, a.body)
		}
		f := v.EndpointFields[0]
		if f.EndpointType != "User" || !f.IsCallerId || !f.IsKnob || !f.ShowInLists || !f.ShowInSearch || f.Id != "f-1" || f.Type != "String" {
			t.Errorf("%+v", f)
		}
		if f := v.CustomerFields[0]; !f.IsCallerId || !f.IsKnob || !f.ShowInLists || !f.ShowInSearch {
			t.Errorf("%+v", f)
		}
		const common = `"id":"f-1","name":"Tier","type":"String","description":"of the customer","uiHint":"LargeText","uiTab":"Billing","isAsync":true,"disableBinding":true,"isOutput":true,` +
			`"structType":{"typeName":"T","fields":[{"id":"in-1","name":"Inner","type":"Number",`
		if n := strings.Count(a.body, common); n != 3 {
			t.Errorf("%d of three fields are whole: %s", n, a.body)
		}
		const rest = `"possibleValues":["Gold","Tin"],"customFieldValuesUrl":"/values","defaultValue":{"stringValue":"Tin"},"transitionNameFormat":"{X}","uniqueness":"Unique","voiceOnly":true,` +
			`"conditionalVisibilityField":"Kind","conditionalVisibilityValue":"b","noEvalTemplate":true,"userMode":"SoftPhone","anyValueType":true`
		if n := strings.Count(a.body, rest); n != 3 {
			t.Errorf("%d of three fields have the rest: %s", n, a.body)
		}
		h.want(200, manager, verb, path, `{"voice":"en"}`)
		if again := decode[SystemSettingsInfo](t, h.want(200, manager, "GET", "/system/settings", "")); len(again.SystemFields) != 2 || again.Voice != "en" {
			t.Errorf("a patch of something else took the fields away: %+v", again)
		}
	}
	for field, bad := range map[string]string{
		"systemFields":   `{"systemFields":[{"name":"A"},{"name":"A"}]}`,
		"customerFields": `{"customerFields":[{"name":"Name"}]}`,
		"type":           `{"endpointFields":[{"name":"A","type":"Elephant"}]}`,
		"defaultValue":   `{"endpointFields":[{"name":"A","type":"Number","defaultValue":{"stringValue":"x"}}]}`,
		"value":          `{"systemFields":[{"name":"A","value":"x"}]}`,
		"endpointType":   `{"endpointFields":[{"name":"A","endpointType":"EmergencyAddress"}]}`,
	} {
		if a := h.want(400, manager, "PATCH", "/system/settings", bad); !strings.Contains(a.body, field) {
			t.Errorf("%s: %s", bad, a.body)
		}
	}
}

// A Password field's value goes in and never comes out; what a client reads and
// writes back keeps it.
func TestPasswordFieldsAreNotShown(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	a := h.want(200, manager, "PATCH", "/system/settings", `{"systemFields":[{"id":"k","name":"Key","uiHint":"Password","value":{"stringValue":"hush-1"},"defaultValue":{"stringValue":"hush-2"}},{"name":"Open","value":{"stringValue":"seen"}}]}`)
	read := h.want(200, manager, "GET", "/system/settings", "")
	for _, body := range []string{a.body, read.body, h.want(200, admin, "GET", "/system/settings.xml?accountId="+h.account, "").body} {
		if strings.Contains(body, "hush") || !strings.Contains(body, "seen") {
			t.Error(body)
		}
	}
	stored := func() (value, def string) {
		v, err := h.server.Store.Settings(t.Context(), h.account)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range v.SystemFields {
			if f.Name == "Key" {
				if f.Value != nil {
					value = f.Value.Text()
				}
				if f.DefaultValue != nil {
					def = f.DefaultValue.Text()
				}
			}
		}
		return value, def
	}
	h.want(200, manager, "PATCH", "/system/settings", read.body)
	if v, d := stored(); v != "hush-1" || d != "hush-2" {
		t.Errorf("after writing back what was read: %q, %q", v, d)
	}
	h.want(200, manager, "PATCH", "/system/settings", strings.Replace(read.body, `"uiHint":"Password"`, `"uiHint":"None"`, 1))
	if v, _ := stored(); v != "" {
		t.Errorf("%q: the hint was taken off, and the value shown", v)
	}
	h.want(200, manager, "PATCH", "/system/settings", `{"systemFields":[{"id":"k","name":"Key","uiHint":"Password","value":{"stringValue":"new"}}]}`)
	h.want(200, manager, "PATCH", "/system/settings", `{"systemFields":[{"id":"k","name":"Key","uiHint":"Password","value":{}}]}`)
	if v, _ := stored(); v != "" {
		t.Errorf("%q: an empty value clears it", v)
	}
}

func TestSettingsThatAreKept(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	h.want(200, manager, "PATCH", "/system/settings", `{"overrideSystemTime":true,"overrideSystemTimeZoneId":"America/New_York","overrideSystemDateTime":"2026-11-26T10:00",
		"recordingRetentionDays":30,"enableSipRefer":false,"autoAgentLogoffSeconds":600,"documentation":"call Ann first","tags":[{"id":"t1","name":"VIP","color":7},{"name":"New"}]}`)
	h.want(200, manager, "PATCH", "/system/settings", `{"voice":"en"}`)
	v := decode[SystemSettingsInfo](t, h.want(200, manager, "GET", "/system/settings", ""))
	if !v.OverrideSystemTime || v.OverrideSystemTimeZoneId != "America/New_York" || v.OverrideSystemDateTime != "2026-11-26T10:00" || *v.RecordingRetentionDays != 30 ||
		v.EnableSipRefer == nil || *v.EnableSipRefer || *v.AutoAgentLogoffSeconds != 600 || v.Documentation != "call Ann first" || v.Id != h.account {
		t.Errorf("%+v", v)
	}
	if len(v.Tags) != 2 || v.Tags[0].Id != "t1" || v.Tags[0].Name != "VIP" || v.Tags[0].Color != 7 || v.Tags[1].Id == "" {
		t.Errorf("%+v", v.Tags)
	}
	for _, bad := range []string{`{"overrideSystemTimeZoneId":"Mars/Base"}`, `{"overrideSystemDateTime":"soon"}`, `{"recordingRetentionDays":-1}`, `{"autoAgentLogoffSeconds":-1}`,
		`{"tags":[{"name":""}]}`, `{"tags":[{"id":"a","name":"A"},{"id":"a","name":"B"}]}`, `{"documentation":"` + strings.Repeat("x", 300_000) + `"}`} {
		h.want(400, manager, "PATCH", "/system/settings", bad)
	}
	if v := decode[SystemSettingsInfo](t, h.want(200, manager, "PATCH", "/system/settings", `{"overrideSystemTime":false,"tags":[]}`)); v.OverrideSystemTime || len(v.Tags) != 0 {
		t.Errorf("%+v", v)
	}
}
