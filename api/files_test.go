package api

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"ringflow/endpoints"
)

// multipartOf makes a multipart body: fields, then a file part if name isn't empty.
func multipartOf(t *testing.T, fields map[string]string, part, name, contentType, content string) (body string, as as) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if part != "" {
		p, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + part + `"; filename="` + strings.ReplaceAll(name, `"`, `\"`) + `"`}, "Content-Type": {contentType}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	for k, v := range fields { // after the file, as some clients send them
		if err := w.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), header("Content-Type", w.FormDataContentType())
}

func wav(size int) string {
	return "RIFF\x24\x00\x00\x00WAVEfmt " + strings.Repeat("\x01", size-16)
}

func TestUploadAndFetch(t *testing.T) {
	h := newHouse(t)
	content := wav(5000)
	body, kind := multipartOf(t, map[string]string{"accountId": h.account, "unknown": "x"}, "file", "../../etc/Grüße \"1\".wav", "text/html", content)
	f := decode[FileInfo](t, h.want(200, admin, "POST", "/files", body, kind))
	if f.ContentType != "audio/wav" || f.ContentLength != 5000 || f.Type != "Upload" || f.FileName != `Grüße "1".wav` || f.Uri != "/files/"+f.Id+"/content" || f.AccountName != "Default" || f.CreatedBy != adminEmail {
		t.Errorf("%+v", f)
	}
	a := h.want(200, admin, "GET", f.Uri, "")
	if a.body != content || a.Header.Get("Content-Type") != "audio/wav" || a.Header.Get("Cache-Control") != "private, no-store" || a.Header.Get("X-Content-Type-Options") != "nosniff" ||
		a.Header.Get("Content-Disposition") != `inline; filename="Gr__e _1_.wav"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.wav` || !strings.Contains(a.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Error(len(a.body), a.Header)
	}
	part := h.want(206, admin, "GET", f.Uri, "", header("Range", "bytes=100-199"))
	if part.body != content[100:200] || part.Header.Get("Content-Range") != "bytes 100-199/5000" {
		t.Error(part.Header)
	}
	if tail := h.want(206, admin, "GET", f.Uri, "", header("Range", "bytes=-10")); tail.body != content[4990:] {
		t.Error(tail.Header)
	}
	h.want(416, admin, "GET", f.Uri, "", header("Range", "bytes=9000-"))
	h.want(304, admin, "GET", f.Uri, "", header("If-None-Match", a.Header.Get("ETag")))
	if head := h.want(200, admin, "HEAD", f.Uri, ""); head.body != "" || head.ContentLength != 5000 {
		t.Error(head.Header)
	}
	if got := decode[FileInfo](t, h.want(200, admin, "GET", "/files/"+f.Id, "")); got.FileName != f.FileName {
		t.Errorf("%+v", got)
	}
	for query, want := range map[string]int{"": 1, "fileName=gr": 1, "contentType=wav": 1, "type=Upload": 1, "type=VoiceMessage": 0, "sessionId=x": 0, "dateCreatedEnd=2020-01-01": 0, "dateCreatedStart=2020-01-01": 1} {
		if l := decode[ListResponse[FileInfo]](t, h.want(200, admin, "GET", "/files?"+query, "")); len(l.Items) != want {
			t.Errorf("%s: %d, want %d", query, len(l.Items), want)
		}
	}
	h.want(404, basic("manager@other.test"), "GET", f.Uri, "")
	h.want(401, nobody, "GET", f.Uri, "")
	h.want(204, admin, "DELETE", "/files/"+f.Id, "")
	h.want(404, admin, "GET", f.Uri, "")
	if _, _, err := h.server.Blob.Open(f.Id); err == nil {
		t.Error("the bytes stay")
	}
}

func TestPublicURI(t *testing.T) {
	h := newHouse(t, func(s *Server) { s.PublicURL = "https://pbx.example.com/" })
	body, kind := multipartOf(t, map[string]string{"accountId": h.account}, "file", "a", "", "x")
	if f := decode[FileInfo](t, h.want(200, admin, "POST", "/files", body, kind)); f.Uri != "https://pbx.example.com/files/"+f.Id+"/content" {
		t.Error(f.Uri)
	}
}

// A file's type is what its bytes say, and nothing that a browser runs.
func TestSniff(t *testing.T) {
	for content, want := range map[string]string{
		wav(100): "audio/wav", "ID3\x03": "audio/mpeg", "\xff\xfb\x90\x00": "audio/mpeg", "OggS\x00": "application/ogg", "%PDF-1.4": "application/pdf", "\x89PNG\r\n\x1a\n": "image/png",
		"<html><script>": "text/plain; charset=utf-8", "<?xml version=\"1.0\"?><svg>": "text/plain; charset=utf-8", "hello": "text/plain; charset=utf-8", "\x00\x01\x02": "application/octet-stream", "": "text/plain; charset=utf-8", "PK\x03\x04": "application/octet-stream",
	} {
		if got := sniff([]byte(content)); got != want {
			t.Errorf("%.20q: %s, want %s", content, got, want)
		}
	}
}

func TestUploadRefused(t *testing.T) {
	h := newHouse(t)
	at := map[string]string{"accountId": h.account}
	body, kind := multipartOf(t, at, "", "", "", "")
	h.want(400, admin, "POST", "/files", body, kind)
	h.want(400, admin, "POST", "/files", `{"accountId":"`+h.account+`"}`)
	body, kind = multipartOf(t, at, "other", "a.wav", "", "x")
	h.want(400, admin, "POST", "/files", body, kind)
	body, kind = multipartOf(t, map[string]string{"accountId": h.other}, "file", "a.wav", "", "x")
	h.want(404, basic("manager@default.test"), "POST", "/files", body, kind)
	body, kind = multipartOf(t, map[string]string{"accountId": h.account, "customerId": "nobody"}, "file", "a.wav", "", "x")
	h.want(404, admin, "POST", "/files", body, kind)
	body, kind = multipartOf(t, map[string]string{"accountId": h.account, "fileName": strings.Repeat("x", 70_000)}, "file", "a.wav", "", "x")
	h.want(400, admin, "POST", "/files", body, kind)
	body, kind = multipartOf(t, at, "file", "a.wav", "", "x")
	h.want(400, admin, "POST", "/files", body[:len(body)-200], kind)
	h.want(413, admin, "POST", "/files", largeForm(h.account), header("Content-Type", "multipart/form-data; boundary=B"))
	if l := decode[ListResponse[FileInfo]](t, h.want(200, admin, "GET", "/files", "")); len(l.Items) != 0 {
		t.Errorf("%+v", l.Items)
	}
}

func largeForm(account string) string {
	return "--B\r\nContent-Disposition: form-data; name=\"accountId\"\r\n\r\n" + account + "\r\n--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n" + strings.Repeat("0", maxUpload) + "\r\n--B--\r\n"
}

// Ids that are paths lead nowhere.
func TestNoPathIsAnId(t *testing.T) {
	h := newHouse(t)
	for _, id := range []string{"..%2f..%2fetc%2fpasswd", "%2e%2e", "..", "%00", "CON", strings.Repeat("a", 300), "%5c..%5c", "file%3a%2f%2f"} {
		for _, path := range []string{"/files/" + id, "/files/" + id + "/content"} {
			if a := h.do(admin, "GET", path, ""); a.StatusCode != http.StatusNotFound && a.StatusCode != http.StatusBadRequest {
				t.Errorf("%s: %d", path, a.StatusCode)
			}
		}
	}
}

// A phone user fetches what is its own: a voice message left for it.
func TestUserFetchesOwnFile(t *testing.T) {
	h := newHouse(t)
	e := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/users", `{"accountId":"`+h.account+`","firstName":"Ann","emailAddress":"ann@default.test","password":"`+password+`"}`))
	others := h.furnish(h.account).file
	f, err := h.server.Store.File(t.Context(), others)
	if err != nil {
		t.Fatal(err)
	}
	mine := *f
	mine.ID, mine.Revision, mine.UserID, mine.Type = endpoints.NewID(), 0, e.Id, endpoints.VoiceMessage
	if err := h.server.Store.PutFile(t.Context(), &mine); err != nil {
		t.Fatal(err)
	}
	h.want(200, basic("ann@default.test"), "GET", "/files/"+mine.ID, "")
	h.want(404, basic("ann@default.test"), "GET", "/files/"+others, "")
	h.want(404, basic("ann@default.test"), "GET", "/files/"+others+"/content", "")
}
