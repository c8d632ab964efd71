package api

import (
	"net/url"
	"strings"
	"testing"
)

// What is small to send and large to read is refused as a bad request, whatever
// the format, and the server answers the next one.
func TestBombs(t *testing.T) {
	h := newHouse(t)
	xmlType, jsvType := header("Content-Type", "application/xml"), header("Content-Type", "text/jsv")
	laughs := "<!DOCTYPE lolz [<!ENTITY lol \"lol\">"
	for i := range 9 {
		laughs += "<!ENTITY lol" + string(rune('1'+i)) + " \"" + strings.Repeat("&lol;", 10) + "\">"
	}
	laughs += "]><NewFlow><Name>&lol9;</Name></NewFlow>"
	const mega = maxBody - 100
	for name, c := range map[string]struct {
		body string
		kind as
	}{
		"laughs":           {laughs, xmlType},
		"external entity":  {`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><NewFlow><Name>&x;</Name></NewFlow>`, xmlType},
		"parameter entity": {`<!DOCTYPE a [<!ENTITY % x SYSTEM "http://192.0.2.1/x.dtd"> %x;]><NewFlow/>`, xmlType},
		"deep XML":         {strings.Repeat("<a>", mega/3), xmlType},
		"much XML":         {"<NewFlow>" + strings.Repeat("<b/>", mega/4-5) + "</NewFlow>", xmlType},
		"XML in pieces":    {"<NewFlow>" + strings.Repeat("x<b/>", mega/5-5) + "</NewFlow>", xmlType},
		"attributes":       {"<NewFlow" + strings.Repeat(" a='b'", mega/6-5) + ">", xmlType},
		"deep JSV":         {strings.Repeat("{a:", mega/3), jsvType},
		"deep JSV lists":   {strings.Repeat("[", mega), jsvType},
		"much JSV":         {"{roles:[" + strings.Repeat(",", mega) + "]}", jsvType},
		"quoted JSV":       {"{roles:" + strings.Repeat(`"`, mega) + "}", jsvType},
		"deep JSON":        {`{"nodes":` + strings.Repeat("[", mega), nobody},
		"deep JSON names":  {strings.Repeat(`{"nodes":`, mega/9), nobody},
		"much JSON":        {`{"roles":[` + strings.Repeat("1,", 3*mega) + "1]}", nobody},
		"many members":     {"{" + strings.Repeat(`"name":1,`, mega/9) + `"a":1}`, nobody},
	} {
		t.Run(name, func(t *testing.T) {
			h.T = t
			a := h.want(400, admin, "POST", "/flows", c.body, c.kind)
			if len(a.body) > 1000 || strings.Contains(a.body, "root:") {
				t.Errorf("%.2000s", a.body)
			}
		})
	}
	h.T = t
	h.want(413, admin, "POST", "/flows", "<NewFlow><Name>"+strings.Repeat("x", maxBody)+"</Name></NewFlow>", xmlType)
	for _, bomb := range []string{strings.Repeat("{a:", 5000), strings.Repeat("[", 20000), strings.Repeat("{a:{b:[", 3000)} {
		h.want(400, admin, "GET", "/endpoints?flowParametersFilter="+url.QueryEscape(bomb), "")
	}
	h.want(200, admin, "GET", "/flows", "")
}

// A list that has nothing still has its columns.
func TestCSVOfNothing(t *testing.T) {
	h := newHouse(t)
	for path, want := range map[string]string{
		"/flows.csv?accountIds=" + h.account:     "id,dateCreated,",
		"/customers.csv?accountIds=" + h.account: "id,dateCreated,",
	} {
		if a := h.want(200, admin, "GET", path, ""); !strings.HasPrefix(a.body, want) || strings.Count(a.body, "\r\n") != 1 {
			t.Errorf("%s: %q", path, a.body)
		}
		if a := h.want(200, admin, "GET", strings.Replace(path, ".csv", ".jsonl", 1), ""); a.body != "" {
			t.Errorf("%s as JSONL: %q", path, a.body)
		}
	}
}
