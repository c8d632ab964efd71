// Package config is the typed configuration: a YAML file, overridden by the environment.
package config
