package nodes

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

// handy are the packages that nodes may import: none of them knows the time,
// chance or the world but for the names in outOfReach.
var handy = []string{"context", "encoding/json", "errors", "fmt", "maps", "net/http", "net/mail", "net/textproto", "net/url", "regexp",
	"slices", "strconv", "strings", "time", "unicode", "unicode/utf8", "ringflow/flow"}

var outOfReach = map[string][]string{
	"time":    {"Now", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Since", "Until", "Local"},
	"context": {"WithTimeout", "WithTimeoutCause", "WithDeadline", "WithDeadlineCause", "Background", "TODO"},
	"http":    {"Get", "Head", "Post", "PostForm", "Client", "DefaultClient", "Transport", "DefaultTransport", "NewRequest", "NewRequestWithContext"},
}

// TestOutsideHands: a node takes time, chance and ids from its Execution and
// from nowhere else, so that the same seed gives the same run.
func TestOutsideHands(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		seen++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			if !slices.Contains(handy, path) {
				t.Errorf("%s imports %s: what a node needs of the world comes through its Execution", f.Name(), path)
			}
			if i.Name != nil {
				t.Errorf("%s gives %s another name, under which this test would not know it", f.Name(), path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if id, ok := s.X.(*ast.Ident); ok && slices.Contains(outOfReach[id.Name], s.Sel.Name) {
				t.Errorf("%s uses %s.%s", set.Position(s.Pos()), id.Name, s.Sel.Name)
			}
			return true
		})
	}
	if seen < 10 {
		t.Fatalf("only %d files seen", seen)
	}
}
