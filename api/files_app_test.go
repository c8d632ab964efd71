package api

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// A phone user's files are its own: what it uploads by either way it finds again, and nobody
// else's.
func TestAppFiles(t *testing.T) {
	h := newHouse(t)
	at := map[string]string{"unique": "0000003"}
	h.user(at)
	other := h.furnish(h.account).file
	phil := basic(at["phil"])
	f := decode[FileInfo](t, h.want(200, phil, "POST", "/app/files", `{"data":"`+base64.StdEncoding.EncodeToString([]byte("hello"))+`","fileName":"../a.txt","contentType":"text/html"}`))
	if f.FileName != "a.txt" || f.ContentType != "text/plain; charset=utf-8" || f.ContentLength != 5 || f.UserId != at["phone"] || f.AccountId != h.account {
		t.Errorf("%+v", f)
	}
	if a := h.want(200, phil, "GET", "/files/"+f.Id+"/content", ""); a.body != "hello" {
		t.Error(a.body)
	}
	form := "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b.txt\"\r\n\r\nworld\r\n--B--\r\n"
	g := decode[FileInfo](t, h.want(200, phil, "POST", "/app/file", form, header("Content-Type", "multipart/form-data; boundary=B")))
	if g.UserId != at["phone"] {
		t.Errorf("%+v", g)
	}
	// The bytes may be the body, too, if it isn't of a type that requests are read by.
	for _, c := range []struct{ kind, body, contentType string }{
		{"application/octet-stream", "RIFF----WAVE", "audio/wav"}, {"audio/wav", "plain", "text/plain; charset=utf-8"}, {"text/csv", "a,b", "text/plain; charset=utf-8"},
	} {
		d := decode[FileInfo](t, h.want(200, phil, "POST", "/app/file?fileName=..%2Fdirect.bin", c.body, header("Content-Type", c.kind)))
		if d.FileName != "direct.bin" || d.ContentType != c.contentType || d.ContentLength != int64(len(c.body)) || d.UserId != at["phone"] {
			t.Errorf("%+v", d)
		}
		if a := h.want(200, phil, "GET", "/files/"+d.Id+"/content", ""); a.body != c.body {
			t.Error(a.body)
		}
		h.want(204, basic("manager@default.test"), "DELETE", "/files/"+d.Id, "")
	}
	for _, kind := range []string{"application/octet-stream", "application/json"} {
		if a := h.want(400, phil, "POST", "/app/file?fileName=x", "", header("Content-Type", kind)); !strings.Contains(a.body, "file: is missing") {
			t.Error(a.body)
		}
	}
	h.want(400, basic("manager@default.test"), "POST", "/files", "bytes", header("Content-Type", "application/octet-stream")) // the other one takes forms alone
	mine := decode[GetMyFilesResponse](t, h.want(200, phil, "GET", "/app/files?fileTypes=Upload,VoiceMessage", ""))
	list := decode[ListResponse[FileInfo]](t, h.want(200, phil, "GET", "/portal/files", ""))
	if len(mine.Files) != 2 || mine.Files[0].Id != g.Id || len(list.Items) != 2 {
		t.Errorf("%+v\n%+v", mine.Files, list.Items)
	}
	all := h.want(200, basic("manager@default.test"), "GET", "/portal/files?fileNameFilter=.&all=true", "")
	if !strings.Contains(all.body, f.Id) {
		t.Error(all.body)
	}
	h.want(404, phil, "GET", "/files/"+other, "")
	h.want(400, phil, "POST", "/app/files", `{"data":"aGVsbG8=","fileName":"a.mp3","convertToWav":true}`)
	h.want(400, phil, "POST", "/app/files", `{"fileName":"a.mp3"}`)
	h.want(403, basic("manager@default.test"), "POST", "/app/files", `{"data":"aGVsbG8="}`)
}

// Whatever sound it was, it is WAV of 16 bits then.
func TestUploadIsConverted(t *testing.T) {
	h := newHouse(t)
	at := map[string]string{"unique": "0000004"}
	h.user(at)
	alaw := []byte("RIFF\x2c\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x06\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data")
	alaw = binary.LittleEndian.AppendUint32(alaw, 800)
	alaw = append(alaw, make([]byte, 800)...)
	binary.LittleEndian.PutUint32(alaw[4:], uint32(len(alaw)-8))
	f := decode[FileInfo](t, h.want(200, basic(at["phil"]), "POST", "/app/files", `{"data":"`+base64.StdEncoding.EncodeToString(alaw)+`","fileName":"greeting.old.alaw","convertToWav":true}`))
	body := h.want(200, admin, "GET", "/files/"+f.Id+"/content", "").body
	if f.FileName != "greeting.old.wav" || f.ContentType != "audio/wav" || !strings.HasPrefix(body, "RIFF") || binary.LittleEndian.Uint16([]byte(body[20:])) != 1 || binary.LittleEndian.Uint16([]byte(body[34:])) != 16 {
		t.Errorf("%+v %q", f, body[:44])
	}
}

// A PATCH with a file part puts its bytes in the place of an upload's, never of a recording's.
func TestPatchFileBytes(t *testing.T) {
	h := newHouse(t)
	f := h.furnish(h.account).file
	form := "--B\r\nContent-Disposition: form-data; name=\"fileName\"\r\n\r\nnew.txt\r\n--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nsomething else\r\n--B--\r\n"
	multipart := header("Content-Type", "multipart/form-data; boundary=B")
	info := decode[FileInfo](t, h.want(200, admin, "PATCH", "/files/"+f, form, multipart))
	if info.Id != f || info.FileName != "new.txt" || info.ContentLength != int64(len("something else")) {
		t.Errorf("%+v", info)
	}
	if a := h.want(200, admin, "GET", "/files/"+f+"/content", ""); a.body != "something else" {
		t.Error(a.body)
	}
	rec := &endpoints.File{AccountID: h.account, Type: endpoints.CallRecording, FileName: "r.wav"}
	if err := h.server.Store.PutFile(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	h.want(400, admin, "PATCH", "/files/"+rec.ID, form, multipart)
}

// Calls are listed leg by leg, as a bare array.
func TestListCalls(t *testing.T) {
	h := newHouse(t)
	rec := h.over(3, "+18005550101", "+18005550100", "x")
	at := rec.Started
	rec.AnsweredByName = "Alice"
	leg := func(id string, d session.Direction, code int, up, down time.Duration) session.LegRecord {
		l := session.LegRecord{ID: id, SessionID: rec.ID, Direction: d, From: "+18005550101", To: "alice", SipCode: code, Started: at, Ended: at.Add(down)}
		if up > 0 {
			l.Answered = at.Add(up)
		}
		at = at.Add(time.Millisecond)
		return l
	}
	rec.Legs = []session.LegRecord{
		leg("a", session.Incoming, 200, time.Second, time.Minute), leg("b", session.Outgoing, 486, 0, 2*time.Second), leg("c", session.Outgoing, 200, 5*time.Second, 55*time.Second),
	}
	h.keep(rec)
	calls := decode[[]CallInfo](t, h.want(200, admin, "GET", "/billing/calls?accountId="+h.account+"&startDate=2026-11-03&endDate=2026-11-03", ""))
	if len(calls) != 3 {
		t.Fatalf("%+v", calls)
	}
	in, busy, talked := calls[0], calls[1], calls[2]
	if in.Direction != "inbound" || in.Status != "completed" || in.Duration != 59 || in.From != "+18005550101" || in.FromFormatted == "" ||
		busy.Status != "busy" || busy.Direction != "outbound-dial" || busy.ParentCallSid != in.Sid || talked.AnsweredBy != "Alice" || talked.Duration != 50 {
		t.Errorf("%+v", calls)
	}
	if none := h.want(200, admin, "GET", "/billing/calls?accountId="+h.account+"&startDate=2026-11-04", ""); strings.TrimSpace(none.body) != "[]" {
		t.Error(none.body)
	}
	h.want(400, admin, "GET", "/billing/calls?accountId="+h.account+"&startDate=yesterday", "")
	h.want(403, basic("user@default.test"), "GET", "/billing/calls", "")
}
