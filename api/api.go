// Package api serves the REST contract: one registry of operations, thin handlers, one table of errors.
package api
