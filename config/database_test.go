package config

import "testing"

func TestDatabase(t *testing.T) {
	for url, good := range map[string]bool{
		"": true, "postgres://u:p@h/d": true, "postgresql://h:5433/d?sslmode=require": true, "postgres:///d?host=/run/postgresql": true,
		"postgres:///d": false, "mysql://h/d": false, "mysql:///d?host=/run/mysqld": false, "h/d": false,
	} {
		c, problems := Load(write(t, "store: { url: \""+url+"\" }\n"), nil)
		if (len(problems) == 0) != good || good && c.Store.URL != url {
			t.Errorf("%q: %v", url, problems)
		}
	}
}
