package main

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"ringflow/config"
)

// newLog builds the one logger of the program; every part gets a named child.
func newLog(c *config.Config) (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(c.Log.Level)
	if err != nil {
		return nil, err
	}
	z := zap.NewProductionConfig()
	z.Level = zap.NewAtomicLevelAt(level)
	z.Encoding = c.Log.Format
	z.DisableStacktrace = true
	z.EncoderConfig.EncodeTime = zapcore.ISO8601TimeEncoder
	if c.Log.Format == "console" {
		z.EncoderConfig.EncodeLevel = zapcore.CapitalLevelEncoder
		z.DisableCaller = true
	}
	return z.Build()
}
