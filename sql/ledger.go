package sqlfiles

import _ "embed"

//go:embed ledger/ops.sql
var ledger string

// Ledger is the text that creates the tables of schema ops, which account for runs and windows.
func Ledger() string { return ledger }

//go:embed ledger/record_keys.sql
var recordKeys string

// RecordKeys is the text that makes record_key unique in windows; its one verb takes their ids.
func RecordKeys() string { return recordKeys }
