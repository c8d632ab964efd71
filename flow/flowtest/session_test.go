package flowtest

import (
	"context"
	"strings"
	"testing"
)

// A field that a story can't set is told, not left out.
func TestSessionFields(t *testing.T) {
	stories, err := Read([]byte("flow: x\nsession: {FromAddres: \"+1\"}\n"), "x.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, err = stories[0].PlayFlow(context.Background(), []byte(`{"name": "x", "nodes": [{"id": "a", "isStartNode": true, "spec": {"typeName": "EndNode", "url": "/json/reply/EndNode"}, "parameters": {}}]}`))
	if err == nil || !strings.Contains(err.Error(), `can't set "FromAddres"`) {
		t.Errorf("the error is %v", err)
	}
}

// Lists and structs of a session are set as they are, texts to the letter.
func TestSessionOfSeveralTexts(t *testing.T) {
	stories, err := Read([]byte("session:\n  FromAddress: +0123\n  FromName:\n  MediaUris: [https://a.example/1.jpg, 2]\n  SipHeader: {X-Tier: Gold, X-Age: 007}\n"), "x.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := stories[0].session()
	if err != nil {
		t.Fatal(err)
	}
	if s.FromAddress != "+0123" || s.FromName != "" || strings.Join(s.MediaURIs, " ") != "https://a.example/1.jpg 2" || s.SipHeader["X-Tier"] != "Gold" || s.SipHeader["X-Age"] != "007" || len(s.SipHeader) != 2 {
		t.Errorf("%+v", s)
	}
	for name, text := range map[string]string{"MediaUris": "one", "SipHeader": "[1]"} {
		stories[0].Session = Given{name: text}
		if _, err := stories[0].session(); err == nil || !strings.Contains(err.Error(), "session: "+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read([]byte("session: {SipHeader: {X: [1]}}"), "x.yaml"); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Error(err)
	}
}
