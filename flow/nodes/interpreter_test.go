package nodes

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// handsOf are the files of package flow which hold the hands that reach
// outside: the real clock, and what an Execution has when nobody gives it more.
var handsOf = map[string][]string{
	"time":    {"clock.go"},
	"context": {"clock.go"},
	"rand":    {"execution.go"}, // both of them
}

// TestInterpreterOutsideHands: the interpreter too has time and chance only
// from its Execution.
func TestInterpreterOutsideHands(t *testing.T) {
	files, err := filepath.Glob("../*.go")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	used := map[string]bool{}
	for _, path := range files {
		name := filepath.Base(path)
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			switch p := strings.Trim(i.Path.Value, `"`); p {
			case "math/rand/v2", "crypto/rand":
				used["rand"] = true
				if !slices.Contains(handsOf["rand"], name) {
					t.Errorf("%s imports %s", name, p)
				}
			case "math/rand", "os", "net", "net/http", "io/fs":
				t.Errorf("%s imports %s", name, p)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			id, ok := s.X.(*ast.Ident)
			if !ok || !slices.Contains(outOfReach[id.Name], s.Sel.Name) {
				return true
			}
			used[id.Name] = true
			if !slices.Contains(handsOf[id.Name], name) {
				t.Errorf("%s uses %s.%s", set.Position(s.Pos()), id.Name, s.Sel.Name)
			}
			return true
		})
	}
	for hand := range handsOf {
		if !used[hand] {
			t.Errorf("nothing uses %s: this test looks for it in the wrong way", hand)
		}
	}
}
