package store_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// takesSQL are the methods whose first argument is SQL.
var takesSQL = map[string]bool{
	"Where": true, "WhereOr": true, "Having": true, "Join": true, "JoinOn": true, "Set": true, "On": true, "NewRaw": true,
	"OrderExpr": true, "ColumnExpr": true, "TableExpr": true, "GroupExpr": true, "Exec": true, "ExecContext": true, "QueryContext": true, "PrepareContext": true,
}

// fromUs are what SQL may be put together of beside literals: our own words,
// chosen by the dialect or from a table of columns, never a caller's.
var fromUs = map[string]bool{
	"s.like": true, "s.sort": true, "order": true, "dir": true, "columns(table.PKs)": true, "upsertText(s.w.Table(t))": true, "insertText(s.w.Table(t))": true, "unlocked(text)": true,
	"step": true, "like": true, // literals
	"ctx": true, // Exec(ctx): not SQL at all
}

// TestNoSQLOfText reads our own source: no SQL is put together from values.
func TestNoSQLOfText(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !takesSQL[sel.Sel.Name] || len(call.Args) == 0 {
				return true
			}
			if p := source(sel.X); p == "errors" || p == "strings" || p == "filepath" {
				return true
			}
			arg := call.Args[0]
			if strings.HasSuffix(sel.Sel.Name, "Context") {
				arg = call.Args[len(call.Args)-1]
				if call.Ellipsis.IsValid() { // a prepared statement's arguments
					return true
				}
			}
			seen++
			for _, part := range parts(arg) {
				if _, literal := part.(*ast.BasicLit); !literal && !fromUs[source(part)] {
					t.Errorf("%s: SQL is made of %s; give it as an argument", set.Position(part.Pos()), source(part))
				}
			}
			return true
		})
	}
	if seen < 40 {
		t.Errorf("looked at %d pieces of SQL only: the test is blind", seen)
	}
}

// parts are what a + b + c is made of.
func parts(e ast.Expr) []ast.Expr {
	if b, ok := e.(*ast.BinaryExpr); ok && b.Op == token.ADD {
		return append(parts(b.X), parts(b.Y)...)
	}
	return []ast.Expr{e}
}

func source(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return source(e.X) + "." + e.Sel.Name
	case *ast.CallExpr:
		var args []string
		for _, a := range e.Args {
			args = append(args, source(a))
		}
		return source(e.Fun) + "(" + strings.Join(args, ", ") + ")"
	}
	return fmt.Sprintf("%T", e)
}
