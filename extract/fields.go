package extract

import (
	"errors"

	"settle/extract/bss"
	"settle/transform/exact"
)

// Short names of the exact types, which every record uses.
type (
	Money    = exact.Money
	Quantity = exact.Quantity
	Instant  = exact.Instant
	Int      = exact.Int
	Long     = exact.Long
)

var errMissing = errors.New("is missing")

// need refuses a record without a field that its place in the table hangs on.
func need(name, value string) error {
	if value == "" {
		return &FieldError{Field: name, Err: errMissing}
	}
	return nil
}

// once is the request of a call that takes no parameters.
func once(Window) []bss.Params { return []bss.Params{{}} }
