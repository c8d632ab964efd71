package api

func describeProofs() []proof {
	return []proof{
		{name: "GetOpenAPI", works: ask{login: anonymous, route: "GET /openapi.json"}},
		{name: "GetDocs", works: ask{login: anonymous, route: "GET /docs"}},
		{name: "GetMetadata", works: ask{login: anonymous, route: "GET /json/metadata?op=NewOutgoingSession"}, refuse: ask{login: anonymous, route: "GET /xml/metadata?op=Nobody"}},
		{name: "GetTypeScript", works: ask{login: anonymous, route: "GET /types/typescript"}},
	}
}
