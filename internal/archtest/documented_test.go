package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
)

// undocumented finds exported names without a comment. Commands export nothing, and
// of an error's Error there is nothing to say.
func undocumented(s source) []string {
	if s.file.Name.Name == "main" {
		return nil
	}
	var list []string
	for _, decl := range s.file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) && !(d.Recv != nil && d.Name.Name == "Error") {
				list = append(list, fmt.Sprintf("%s: %s has no doc comment", s.place(d), d.Name.Name))
			}
		case *ast.GenDecl:
			if d.Tok != token.IMPORT {
				list = append(list, undocumentedSpecs(s, d)...)
			}
		}
	}
	return list
}

// exportedReceiver tells whether a function is not a method, or one of an exported type.
func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return true
	}
	exported := true
	for n := range ast.Preorder(f.Recv.List[0].Type) {
		if name, ok := n.(*ast.Ident); ok {
			exported = name.IsExported()
			break
		}
	}
	return exported
}

// undocumentedSpecs judges a declaration of types, constants or variables. For
// constants and variables the comment of the group will do.
func undocumentedSpecs(s source, d *ast.GenDecl) []string {
	var list []string
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && spec.Doc == nil && (d.Doc == nil || d.Lparen.IsValid()) {
				list = append(list, fmt.Sprintf("%s: %s has no doc comment", s.place(spec), spec.Name.Name))
			}
		case *ast.ValueSpec:
			if spec.Names[0].IsExported() && spec.Doc == nil && spec.Comment == nil && d.Doc == nil {
				list = append(list, fmt.Sprintf("%s: %s has no doc comment", s.place(spec), spec.Names[0].Name))
			}
		}
	}
	return list
}
