package twilio

import (
	"errors"

	"ringflow/endpoints"
)

func isRefused(err error) bool {
	var r *endpoints.Refused
	return errors.As(err, &r)
}
