package nodes

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ringflow/flow"
	"ringflow/flow/flowtest"
)

// proofs is the table of docs/nodes.md that tells which stories prove what. A
// test of flowtest keeps it complete, and TestUnusable.
func proofs(t *testing.T) string {
	files, err := filepath.Glob("../../testdata/stories/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	walked, err := flowtest.WalkAll(context.Background(), files)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("\n## Stories\n\nWhich stories of `testdata/stories` walk each transition, or find it unconnected and take the one that stands in for it, hang up at each node that waits for the caller, " +
		"and give each parameter, in each way in which it can be wrong, a value that it can't take.\n\n" +
		"| Node | Transition, or what goes wrong | Stories |\n|---|---|---|\n")
	for _, n := range flow.Available() {
		line := func(what, key string) {
			if stories := walked[key]; len(stories) > 0 {
				more := ""
				if len(stories) > 1 {
					more = fmt.Sprintf(", and %d more", len(stories)-1)
				}
				fmt.Fprintf(&b, "| %s | %s | %s%s |\n", n.Name, what, strings.ReplaceAll(stories[0], "|", "\\|"), more)
			}
		}
		for _, e := range n.Transitions {
			name, key := e.Name, e.Name
			if e.List != "" {
				name, key = "a row's", flowtest.Row
			}
			if e.IsAsync {
				name = "⏱ " + name
			}
			line("**"+name+"**", flowtest.Way(n.TypeName, key))
			line("**"+name+"** unconnected: "+e.Else, flowtest.Instead(n.TypeName, e.Name))
		}
		if n.URL == flow.FlowURL("") {
			line("**an exit's**", flowtest.Way(n.TypeName, flowtest.Row))
		}
		line("ends the flow", flowtest.Over(n.TypeName))
		line("hang-up", flowtest.Hangup(n.TypeName))
		for _, f := range n.Failures {
			line(strings.TrimSpace(f.Parameter+" "+string(f.Wrong)), flowtest.Failing(n.TypeName, f))
		}
		for _, p := range unusable(t)[n.TypeName] {
			line(p+" that the node can't use", flowtest.Failing(n.TypeName, flow.Failure{Parameter: p}))
		}
	}
	return b.String()
}

// unusable are the parameters that nodes themselves find wrong, by node type:
// read from their code, so that none can be forgotten.
func unusable(t *testing.T) map[string][]string {
	all := map[string][]string{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		typeName, found := "", []string(nil)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if s, ok := n.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Register" {
					typeName = text(n.Args[0])
				}
			case *ast.CompositeLit:
				if s, ok := n.Type.(*ast.SelectorExpr); !ok || s.Sel.Name != "ParameterError" {
					return true
				}
				parameter, kind := "", false
				for _, e := range n.Elts {
					kv := e.(*ast.KeyValueExpr)
					switch kv.Key.(*ast.Ident).Name {
					case "Parameter":
						parameter = text(kv.Value)
					case "Wrong":
						kind = true
					}
				}
				if !kind { // one that is said is declared
					found = append(found, parameter)
				}
			}
			return true
		})
		if typeName != "" && !strings.HasSuffix(name, "_test.go") {
			all[typeName] = found
		} else if len(found) > 0 && !strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s finds %q wrong, of no node type: declare it", name, found)
		}
	}
	return all
}

// text is a literal's; empty: it is none.
func text(e ast.Expr) string {
	l, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, err := strconv.Unquote(l.Value)
	if err != nil {
		return ""
	}
	return s
}

// TestUnusable: what a node itself finds wrong has a story too.
func TestUnusable(t *testing.T) {
	table, seen := proofs(t), 0
	titles := map[string]string{}
	for _, n := range flow.Available() {
		titles[n.TypeName] = n.Name
	}
	for typeName, parameters := range unusable(t) {
		for _, p := range parameters {
			seen++
			if p == "" {
				t.Errorf("%s finds a parameter wrong whose name is no literal: declare what can be wrong", typeName)
			} else if !strings.Contains(table, "| "+titles[typeName]+" | "+p+" that the node can't use |") {
				t.Errorf("no story has a %s that %s can't use", p, typeName)
			}
		}
	}
	if seen < 3 {
		t.Errorf("only %d found in the code", seen)
	}
}
