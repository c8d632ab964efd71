// Package store keeps everything that outlives a call: one set of models and migrations for SQLite and PostgreSQL.
package store
