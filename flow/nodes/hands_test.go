package nodes

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

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
			if strings.Contains(i.Path.Value, "rand") || i.Path.Value == `"os"` || i.Path.Value == `"net"` {
				t.Errorf("%s imports %s", f.Name(), i.Path.Value)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if id, ok := s.X.(*ast.Ident); ok && id.Name == "time" {
				switch s.Sel.Name {
				case "Now", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Since", "Until":
					t.Errorf("%s uses time.%s", set.Position(s.Pos()), s.Sel.Name)
				}
			}
			return true
		})
	}
	if seen < 10 {
		t.Fatalf("only %d files seen", seen)
	}
}
