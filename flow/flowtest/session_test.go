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
