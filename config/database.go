package config

import "net/url"

// database reads store.url: a server on this machine may be a socket, which stands in the parameter host.
func database(s string) error {
	if u, err := url.Parse(s); err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") && u.Query().Get("host") != "" {
		return nil
	}
	return address("postgres", "postgresql")(s)
}
