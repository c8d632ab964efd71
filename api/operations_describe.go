package api

// describeOperations are the calls by which the API describes itself.
func describeOperations() []*Operation {
	return []*Operation{
		op((*Server).getOpenAPI, Operation{Summary: "The API as OpenAPI 3.1.", Anonymous: true, Scope: noAccount(), Media: "application/json", Routes: []string{"GET /openapi.json"}}),
		op((*Server).getDocs, Operation{Summary: "The API as a page to read and search.", Anonymous: true, Scope: noAccount(), Media: "text/html", Routes: []string{"GET /docs"}}),
		op((*Server).getMetadata, Operation{Summary: "The operations as pages: all of them, or with op one with its parameters and samples, in the format of the route.", Anonymous: true, Scope: noAccount(), Media: "text/html",
			Routes: []string{"GET /metadata", "GET /json/metadata", "GET /xml/metadata", "GET /csv/metadata", "GET /jsv/metadata", "GET /jsonl/metadata"}}),
		op((*Server).getTypeScript, Operation{Summary: "All DTOs as TypeScript.", Anonymous: true, Scope: noAccount(), Media: "text/plain", Routes: []string{"GET /types/typescript"}}),
	}
}
